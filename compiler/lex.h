/* Source text as tokens: what stands between blanks, with its place. Knows strings and comments; what a
 * token means is decided by who reads it. */
#ifndef MOOT_COMPILER_LEX_H
#define MOOT_COMPILER_LEX_H

#include "vm/bytecode.h"

/* One file being read: the program, or a file that it uses. */
typedef struct source_text {
    const char *file;
    slice bytes;
    bool embedded; /* a word of programs/std, not the user's text */
} source_text;

typedef enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_NUMBER, TOKEN_STRING, TOKEN_BAD } token_kind;

enum { NO_MATCH = 0 };

typedef struct token {
    const source_text *source;
    uint32_t start, len; /* bytes */
    uint32_t line, col;  /* from 1; col in characters */
    uint32_t match; /* of a bracket: the token that closes or opens it, NO_MATCH when there is none */
    uint8_t kind;   /* enum token_kind; BAD is already reported */
} token;

typedef struct tokens {
    token *at; /* ends with one TOKEN_END */
    uint32_t len;
} tokens;

struct sink;

/* Appends the tokens of src to *out and reports malformed strings and text that is not UTF-8 to `found`. */
void lex(const source_text *src, tokens *out, arena *mem, struct sink *found);

/* The bytes of a token, not NUL-terminated. */
const char *token_text(const token *t);
bool token_is(const token *t, const char *text);
char *token_string(const token *t, arena *mem);

/* `test` and the string that names it, in whatever quotes: tests begin here. */
bool begins_test(const token *t);
bool in_curly_quotes(const token *t);

/* Is this a NAME of the grammar, or a NUMBER? */
bool is_name(const char *s, size_t len);
bool is_number(const char *s, size_t len);

/* The value of a TOKEN_STRING: without quotes, escapes resolved. */
char *token_unquote(const token *t, arena *mem);

/* Reads tokens in order, splitting them where `[`, `]` and `:` touch other text: declarations and effects. */
typedef struct cursor {
    const tokens *list;
    uint32_t index, offset;
} cursor;

token cursor_peek(const cursor *c);
token cursor_next(cursor *c);

#endif

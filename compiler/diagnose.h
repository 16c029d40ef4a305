/* What the compiler has to say about a program: collected in the order found, shown as docs/language.md
 * describes, at most FINDINGS_MAX a run, an error rather than a warning. */
#ifndef MOOT_COMPILER_DIAGNOSE_H
#define MOOT_COMPILER_DIAGNOSE_H

#include "compiler/compile.h"
#include "compiler/lex.h"

enum { FINDINGS_MAX = 20 };

typedef struct diagnosis diagnosis;

typedef struct sink {
    arena *mem;
    diagnosis *first, *last; /* kept, in order */
    size_t kept, errors;     /* errors counts the dropped ones too */
} sink;

/* A line after the excerpt: "= why", "note: where from", or as it stands. */
typedef enum line_kind { LINE_BECAUSE, LINE_NOTE, LINE_PLAIN } line_kind;

/* Begins a finding at a token. Returns NULL when it is not kept (one too many, or the same code at the same
 * place again, which happens when a word is expanded twice); all below do nothing with NULL. */
diagnosis *diagnose(sink *s, bool error, const char *code, const token *at, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void diagnose_label(diagnosis *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Underlines with '-' instead of '^': the place is where something came from. */
void diagnose_origin(diagnosis *d);
/* A second place with its own words; on the same line it is marked with '-'. */
void diagnose_second(diagnosis *d, const token *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diagnose_line(diagnosis *d, line_kind as, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diagnose_help(diagnosis *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Text that mends the program when it is pasted, for editors: in the place of the tokens `from` to `to`, before or
 * behind a token, or as a line of its own. Of several for one finding the last counts; one in another file than
 * the finding's is forgotten. The text of the line above ends without '\n'. */
void diagnose_fix(diagnosis *d, const token *from, const token *to, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void diagnose_fix_before(diagnosis *d, const token *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diagnose_fix_after(diagnosis *d, const token *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diagnose_fix_line(diagnosis *d, const token *above, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Takes the tokens out, with the blanks that would be left over. */
void diagnose_remove(diagnosis *d, const token *from, const token *to);

const char *diagnose_code(const diagnosis *d);

/* Forgets what came behind s->last, which was put back to where it was. */
void diagnose_last(sink *s);

/* Renders all that was kept into rep->finding. */
void diagnose_finish(sink *s, report *rep);

/* The text of a token for a sentence, shortened when it is long. */
const char *token_quote(const token *t, arena *mem);

#endif

/* Turns a file of words written in the language (programs/std/GROUP.moot) into rows of the compiler's word table:
 *
 *   STD("group", "name", "effect", "doc", "example", "file", line, "text of the definition")
 *
 * usage: embed_words FILE.moot FILE.def
 *
 * `##` lines before a definition are its doc, of one sentence; one that is indented by more than a blank is its
 * example. A definition without them is the library's own: its row is STD_OWN, with the same fields. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 20, LINE_MAX = 512 };

static char text[TEXT_MAX];

static void put_string(FILE *out, const char *s, size_t len)
{
    fputc('"', out);
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '\n') {
            fputs("\\n", out);
            continue;
        }
        if (s[i] == '"' || s[i] == '\\') fputc('\\', out);
        fputc(s[i], out);
    }
    fputc('"', out);
}

static void put_field(FILE *out, const char *s, size_t len)
{
    put_string(out, s, len);
    fputs(", ", out);
}

/* ": name ( effect ) … ;" at s; where it ends. */
static const char *put_definition(FILE *out, const char *s, const char *group, const char *doc,
                                  const char *example, const char *file, int line)
{
    const char *name = s + 2, *effect = strchr(s, '('), *effect_end = strchr(s, ')'),
               *end = strstr(s, " ;\n");
    if (!effect || !effect_end || !end || effect_end < effect || end < effect_end) return NULL;
    end += 3;
    fputs(doc[0] ? "STD(" : "STD_OWN(", out);
    put_field(out, group, strlen(group));
    put_field(out, name, strcspn(name, " \n"));
    put_field(out, effect, (size_t)(effect_end + 1 - effect));
    put_field(out, doc, strlen(doc));
    put_field(out, example, strlen(example));
    put_field(out, file, strlen(file));
    fprintf(out, "%d, ", line);
    put_string(out, s, (size_t)(end - s));
    fputs(")\n", out);
    return end;
}

/* Copies a line without its end; where the next begins. */
static const char *read_line(const char *s, char *to)
{
    size_t len = strcspn(s, "\n"), kept = len < LINE_MAX ? len : LINE_MAX - 1;
    memcpy(to, s, kept);
    to[kept] = 0;
    return s + len + (s[len] == '\n');
}

static int put_words(FILE *out, const char *group, const char *file)
{
    char doc[LINE_MAX] = "", example[LINE_MAX] = "", line[LINE_MAX];
    int at = 1;
    for (const char *s = text; *s;) {
        const char *next = read_line(s, line);
        if (!strncmp(line, "##  ", 4)) {
            strcpy(example, line + 2 + strspn(line + 2, " "));
        } else if (!strncmp(line, "## ", 3)) {
            strcpy(doc, line + 3);
        } else if (!strncmp(line, ": ", 2)) {
            next = put_definition(out, s, group, doc, example, file, at);
            if (!next) return fprintf(stderr, "%s:%d: no whole definition\n", file, at), 1;
            doc[0] = example[0] = 0;
        }
        for (; s < next; s++) at += *s == '\n';
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) return fputs("usage: embed_words FILE.moot FILE.def\n", stderr), 2;
    const char *slash = strrchr(argv[1], '/'), *file = slash ? slash + 1 : argv[1];
    char group[LINE_MAX];
    snprintf(group, sizeof group, "%.*s", (int)strcspn(file, "."), file);

    FILE *in = fopen(argv[1], "rb");
    size_t len = in ? fread(text, 1, TEXT_MAX - 1, in) : 0;
    if (!in || !len || len == TEXT_MAX - 1) return perror(argv[1]), 1;
    fclose(in);
    FILE *out = fopen(argv[2], "wb");
    if (!out) return perror(argv[2]), 1;
    int failed = put_words(out, group, file);
    return fclose(out) || failed;
}

/* Reading the files that a program uses; see uses.h. */
#include "compiler/uses.h"

#include <string.h>

enum { FILES_MAX = 64, CHAIN_MAX = 16, TEXT_MAX = 16 << 20 };

typedef struct reader {
    declarations *d;
    const compile_request *req;
    const char *file[FILES_MAX]; /* read or being read, as paths from the program's folder */
    bool open[FILES_MAX];        /* still being read: using it again would never end */
    uint32_t files, depth;
    size_t bytes;
    token *word; /* the definitions so far */
    uint32_t words, cap;
} reader;

/* --- paths, relative to the program's folder */

static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Takes "./" and "folder/../" out, so that one file has one path. */
static void simplify(char *path)
{
    char *out = path;
    const char *in = path;
    while (*in) {
        size_t len = strcspn(in, "/");
        len += in[len] == '/';
        bool here = !strncmp(in, "./", 2), up = !strncmp(in, "../", 3);
        char *last = out - 1;
        while (up && last > path && last[-1] != '/') last--;
        bool goes_back = up && last >= path && *last != '/' && strncmp(last, "../", 3) != 0;
        if (goes_back)
            out = last;
        else if (!here)
            memmove(out, in, len), out += len;
        in += len;
    }
    *out = 0;
}

static char *path_from(reader *r, const char *user, const char *used)
{
    size_t folder = used[0] == '/' || !user ? 0 : folder_length(user);
    char *path = arena_printf(r->d->mem, "%.*s%s", (int)folder, user ? user : "", used);
    simplify(path);
    return path;
}

/* --- reading one file */

/* The text with its name, in the arena; NULL, with a finding, when it cannot be read. */
static source_text *read_text(reader *r, const char *path, const token *at)
{
    declarations *d = r->d;
    buffer bytes = {0};
    failure err = {0};
    status st = r->req->read ? r->req->read(r->req->read_user, path, &bytes, &err) : E_USAGE;
    source_text *src = NULL;
    r->bytes += bytes.len;
    if (st || bytes.failed) {
        diagnosis *x = diagnose(d->found, true, "E0013", at, "`%s` cannot be read", path);
        if (err.text[0]) diagnose_line(x, LINE_BECAUSE, "%s", err.text);
    } else if (r->bytes > TEXT_MAX) {
        diagnose(d->found, true, "E0903", at, "the files that are used are too long together");
    } else {
        src = arena_alloc(d->mem, sizeof *src);
        size_t folder = folder_length(r->req->file);
        src->file =
            arena_printf(d->mem, "%.*s%s", (int)(path[0] == '/' ? 0 : folder), r->req->file, path);
        src->bytes = (slice){
            (const uint8_t *)arena_strndup(d->mem, (const char *)bytes.data, bytes.len), bytes.len};
    }
    buffer_free(&bytes);
    return src;
}

static void add_words(reader *r, const token *from, uint32_t len)
{
    if (r->words + len > r->cap) {
        uint32_t cap = 2 * r->cap > r->words + len ? 2 * r->cap : r->words + len;
        r->word = arena_grow(r->d->mem, r->word, r->cap * sizeof *from, cap * sizeof *from);
        r->cap = cap;
    }
    if (len) memcpy(r->word + r->words, from, len * sizeof *from);
    r->words += len;
}

/* The end of the definitions, which begin at t: a test or the end. False, with a finding, when there is
 * anything else. */
static bool only_words(reader *r, const token *t, uint32_t *end)
{
    uint32_t i = 0;
    while (t[i].kind != TOKEN_END && !begins_test(&t[i])) {
        if (!token_is(&t[i], ":")) {
            diagnosis *x = diagnose(r->d->found, true, "E0014", &t[i],
                                    "a file that is used holds words, tests and `use` only");
            diagnose_help(x, "move this to the program that uses it");
            return false;
        }
        while (t[i].kind != TOKEN_END && !token_is(&t[i], ";")) i++;
        if (t[i].kind != TOKEN_END) i++;
    }
    *end = i;
    return true;
}

static void use_file(reader *r, const char *user, const token *at);

static void read_words(reader *r, const char *path, const token *at)
{
    tokens list;
    source_text *src = read_text(r, path, at);
    if (!src) return;
    lex(src, &list, r->d->mem, r->d->found);
    uint32_t i = 0, end;
    for (; token_is(&list.at[i], "use") && list.at[i + 1].kind == TOKEN_STRING; i += 2)
        use_file(r, path, &list.at[i + 1]);
    if (only_words(r, &list.at[i], &end)) add_words(r, &list.at[i], end);
}

static bool refuse_use(reader *r, const token *at, const char *why)
{
    diagnose(r->d->found, true, "E0013", at, "%s", why);
    return false;
}

static bool may_use(reader *r, const char *path, const token *at)
{
    const char *name = strrchr(r->req->file, '/');
    bool itself = !strcmp(path, name ? name + 1 : r->req->file);
    for (uint32_t i = 0; i < r->files && !itself; i++) {
        if (strcmp(r->file[i], path) != 0) continue;
        if (!r->open[i]) return false; /* its words are there already */
        itself = true;
    }
    if (itself) return refuse_use(r, at, "this file uses itself");
    if (r->files == FILES_MAX || r->depth == CHAIN_MAX)
        return refuse_use(r, at, "too many files use each other");
    return true;
}

/* `at` is the string behind `use`. */
static void use_file(reader *r, const char *user, const token *at)
{
    const char *path = path_from(r, user, token_unquote(at, r->d->mem));
    if (!may_use(r, path, at)) return;
    uint32_t n = r->files++;
    r->file[n] = path, r->open[n] = true, r->depth++;
    read_words(r, path, at);
    r->open[n] = false, r->depth--;
}

void uses_read(declarations *d, const compile_request *req, tokens *list, uint32_t at)
{
    if (!d->uses) return;
    reader *r = arena_alloc(d->mem, sizeof *r);
    *r = (reader){.d = d, .req = req};
    for (uint32_t i = 0; i < d->uses; i++) use_file(r, NULL, &d->use[i]);
    token *all = arena_alloc(d->mem, (list->len + r->words) * sizeof *all);
    memcpy(all, list->at, at * sizeof *all);
    if (r->words) memcpy(all + at, r->word, r->words * sizeof *all);
    memcpy(all + at + r->words, list->at + at, (list->len - at) * sizeof *all);
    list->at = all, list->len += r->words;
}

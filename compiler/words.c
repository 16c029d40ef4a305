/* The table of built-in words: look-up, what it says for people, and the nearest name; and what forms there are besides. */
#include "compiler/words.h"

#include <string.h>

#include "compiler/check.h"

static const word table[] = {
#define WORD(group, name, effect, doc, example, handler, variant)                                  \
    {{group, name, effect, doc, example, true}, handler, variant, NULL, NULL, 0, false},
#define OWN(name, effect, handler, variant)                                                        \
    {{"", name, effect, "", "", false}, handler, variant, NULL, NULL, 0, true},
#define STD(group, name, effect, doc, example, file, line, text)                                   \
    {{group, name, effect, doc, example, true}, NULL, 0, "std/" file, text, line, false},
#define STD_OWN(group, name, effect, doc, example, file, line, text)                               \
    {{group, name, effect, doc, example, false}, NULL, 0, "std/" file, text, line, true},
#include "compiler/words.def"
#undef WORD
#undef OWN
#undef STD
#undef STD_OWN
};

enum { TABLE_LEN = sizeof table / sizeof *table };

size_t word_table_len(void)
{
    return TABLE_LEN;
}

size_t words_count(void)
{
    return TABLE_LEN;
}

const word_doc *words_at(size_t i)
{
    static const word_doc nothing = {"", "", "", "", "", false};
    if (i >= TABLE_LEN) return NULL;
    return table[i].own ? &nothing : &table[i].doc;
}

const word_doc *forms_at(size_t i)
{
    static const word_doc forms[] = {
#define FORM(group, name, written, doc, example) {group, name, written, doc, example, true},
#include "compiler/forms.def"
#undef FORM
    };
    return i < sizeof forms / sizeof *forms ? &forms[i] : NULL;
}

const word *word_find_own(const char *name, size_t len)
{
    for (size_t i = 0; i < TABLE_LEN; i++)
        if (!strncmp(table[i].doc.name, name, len) && !table[i].doc.name[len]) return &table[i];
    return NULL;
}

const word *word_find(const char *name, size_t len)
{
    const word *w = word_find_own(name, len);
    return w && !w->own ? w : NULL;
}

size_t word_index(const word *w)
{
    return (size_t)(w - table);
}

unsigned effect_inputs(const char *effect, unsigned *quotations)
{
    unsigned n = 0;
    *quotations = 0;
    for (const char *s = effect + 2; strncmp(s, "--", 2) != 0; s = strchr(s, ' ') + 1) {
        if ((s[0] == 'p' || s[0] == 'q') && s[1] == ' ') *quotations |= 1u << n;
        n++;
    }
    return n;
}

enum { NAME_MAX_LEN = 32 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len, unsigned limit)
{
    unsigned row[NAME_MAX_LEN + 1];

    if (a_len > NAME_MAX_LEN || b_len > NAME_MAX_LEN) return limit;
    for (size_t j = 0; j <= b_len; j++) row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            unsigned change = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(change, least(row[j], row[j - 1]) + 1);
        }
    }
    return least(row[b_len], limit);
}

const char *words_nearest(const char *name)
{
    size_t len = strlen(name);
    unsigned best = len < 2 ? 1 : len < 5 ? 2 : len < 6 ? 3 : 4; /* one less is near enough */
    const char *found = NULL;
    for (size_t i = 0; i < TABLE_LEN; i++) {
        const char *w = table[i].doc.name;
        if (table[i].own) continue;
        unsigned d = edit_distance(name, len, w, strlen(w), best);
        if (d < best) best = d, found = w;
    }
    return found;
}

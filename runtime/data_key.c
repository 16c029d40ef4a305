/* Reading and counting keys. */
#include "runtime/data_key.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/excerpt.h"
#include "vm/key.h"

number_error key_of_utf8(slice text, num *out)
{
    for (size_t k = 0, n; k < text.len; k += n)
        if (!(n = utf8_length(text.data + k, text.len - k))) return NUMBER_MALFORMED;
    *out = key_of_text(text);
    return NUMBER_OK;
}

status key_of_cell(const csv *t, const csv_cell *cell, num *out, number_error *e, failure *err)
{
    buffer text = {0};
    if (!cell->quoted && cell->len == 0) return *e = NUMBER_MALFORMED, OK;
    csv_append(t, cell, &text);
    if (text.failed) return buffer_free(&text), fail_memory(err);
    *e = key_of_utf8((slice){text.data, text.len}, out);
    buffer_free(&text);
    return OK;
}

static int by_size(const void *a, const void *b)
{
    num x, y;
    memcpy(&x, a, sizeof x), memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

status keys_differing(const num *key, size_t len, size_t *out, failure *err)
{
    num *sorted = malloc(len * sizeof *sorted + 1);
    if (!sorted) return fail_memory(err);
    if (len) memcpy(sorted, key, len * sizeof *sorted);
    qsort(sorted, len, sizeof *sorted, by_size);
    *out = len > 0;
    for (size_t k = 1; k < len; k++) *out += sorted[k] != sorted[k - 1];
    OPENSSL_cleanse(sorted, len * sizeof *sorted);
    free(sorted);
    return OK;
}

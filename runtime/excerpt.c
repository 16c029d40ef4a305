/* Draws one line of a text with a caret under the part in question. */
#include "runtime/excerpt.h"

#include <string.h>

enum { EXCERPT_WIDTH = 72, EXCERPT_BEFORE = 40 };

static bool continues(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

static size_t characters(const uint8_t *s, size_t len)
{
    size_t count = 0;
    for (size_t k = 0; k < len; k++) count += !continues(s[k]);
    return count;
}

static size_t line_start(slice text, size_t offset)
{
    while (offset > 0 && text.data[offset - 1] != '\n') offset--;
    return offset;
}

static size_t line_end(slice text, size_t offset)
{
    while (offset < text.len && text.data[offset] != '\n' && text.data[offset] != '\r') offset++;
    return offset;
}

spot spot_of(slice text, size_t offset)
{
    size_t start = line_start(text, offset);
    spot at = {.line = 1, .col = characters(text.data + start, offset - start) + 1};
    for (size_t k = 0; k < start; k++) at.line += text.data[k] == '\n';
    return at;
}

/* Narrows start … end to what is worth showing around offset, on character boundaries. */
static void clip(slice text, size_t *start, size_t *end, size_t offset)
{
    if (offset - *start > EXCERPT_BEFORE) {
        *start = offset - EXCERPT_BEFORE;
        while (*start < offset && continues(text.data[*start])) ++*start;
    }
    if (*end - *start > EXCERPT_WIDTH) {
        *end = *start + EXCERPT_WIDTH;
        while (*end > offset && continues(text.data[*end])) --*end;
    }
}

/* Bytes that a terminal should not see are shown as blanks or question marks. */
static void printable(char *out, const uint8_t *s, size_t len)
{
    for (size_t k = 0; k < len;) {
        size_t n = utf8_length(s + k, len - k);
        if (n > 1) {
            memcpy(out + k, s + k, n);
        } else {
            n = 1;
            out[k] = s[k] == '\t' ? ' ' : s[k] < 0x20 || s[k] >= 0x7F ? '?' : (char)s[k];
        }
        k += n;
    }
    out[len] = 0;
}

void excerpt_add(slice text, size_t offset, size_t len, const char *where, failure *err)
{
    size_t start = line_start(text, offset), end = line_end(text, offset);
    char shown[EXCERPT_WIDTH + 1], carets[EXCERPT_WIDTH + 1];

    clip(text, &start, &end, offset);
    if (offset + len > end) len = end - offset;
    printable(shown, text.data + start, end - start);
    size_t marks = characters(text.data + offset, len);
    if (marks == 0) marks = 1;
    memset(carets, '^', marks);
    carets[marks] = 0;

    fail_add(err, "   --> %s", where);
    fail_add(err, "    |");
    fail_add(err, "%3zu | %s", spot_of(text, offset).line, shown);
    fail_add(err, "    | %*s%s", (int)characters(text.data + start, offset - start), "", carets);
}

size_t utf8_length(const uint8_t *s, size_t len)
{
    if (len == 0) return 0;
    if (s[0] < 0x80) return 1;
    size_t n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || n > len) return 0;
    for (size_t k = 1; k < n; k++)
        if (!continues(s[k])) return 0;
    if (s[0] == 0xE0 && s[1] < 0xA0) return 0; /* overlong */
    if (s[0] == 0xED && s[1] > 0x9F) return 0; /* surrogate */
    if (s[0] == 0xF0 && s[1] < 0x90) return 0;
    if (s[0] == 0xF4 && s[1] > 0x8F) return 0;
    return n;
}

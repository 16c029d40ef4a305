/* Keys: what is hashed to what, for the hash is part of what nodes of one session agree on. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "vm/key.h"

static num key(const char *text)
{
    return key_of_text((slice){(const uint8_t *)text, strlen(text)});
}

/* By Python's hashlib: SHA-256(tag, SHA-256(text)), its first 16 bytes little-endian, mod 2^126. */
static const struct {
    const char *text;
    uint64_t high, low;
} known[] = {
    {"", UINT64_C(0x26a149012ae9398f), UINT64_C(0xf02853cbb579c7dd)},
    {"acme", UINT64_C(0x382815f7b32485f3), UINT64_C(0xd4f22657514320f5)},
    {"\xC3\xA9", UINT64_C(0x03f2bb83c6e4ed2c), UINT64_C(0x671814b102113d3a)},
};

Test(key, is_the_documented_hash)
{
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        cr_expect(key(known[k].text) == (num)((unum)known[k].high << 64 | known[k].low), "\"%s\"",
                  known[k].text);
    cr_expect(key_of_text((slice){NULL, 0}) == key(""));
}

Test(key, of_a_number_is_that_of_its_digits)
{
    cr_expect(key_of_number(0) == key("0"));
    cr_expect(key_of_number(-17) == key("-17"));
    cr_expect(key_of_number(NUM_MAX) == key("85070591730234615865843651857942052863"));
    cr_expect(key_of_number(7) != key("07"));
}

Test(key, depends_on_every_byte_of_a_long_text)
{
    enum { LONG = 1 << 20 };
    uint8_t *text = calloc(LONG, 1);
    const num all = key_of_text((slice){text, LONG});
    cr_expect(key_of_text((slice){text, LONG - 1}) != all);
    text[LONG - 1] = 1;
    cr_expect(key_of_text((slice){text, LONG}) != all);
    free(text);
}

Test(key, is_cut_to_its_low_bits)
{
    const num narrow = key_most(KEY_BITS_NARROW), wide = key_most(KEY_BITS_WIDE);
    cr_expect(narrow == ((num)1 << 60) - 1 && wide == NUM_MAX);
    cr_expect(key_cut(key("acme"), wide) == key("acme"));
    cr_expect(key_cut(key("acme"), narrow) == key("acme") % ((num)1 << 60));
}

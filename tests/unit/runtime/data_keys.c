/* Data of kind key: strings and whole numbers, from JSON, CSV and NPY, as wide as the program wants them. */
#include "data_folder.h"
#include "vm/key.h"

#define KEYS                                                                                       \
    "party a\nparam k\ninput id from a : key[k]\noutput s to all : int\nid \"x\" = count reveal "  \
    "s\n"
#define ONE "party a\ninput id from a : key\noutput s to all : bool\nid \"x\" = reveal s\n"
/* Over 2^20 pairs. */
#define MANY                                                                                       \
    "party a\ninput id from a : key\noutput s to all : bool\n"                                     \
    "id \"x\" 2_000_000 fill member reveal s\n"

TestSuite(data_keys, .init = make_folder, .fini = remove_folder);

static void expect_keys(const char *source, const char *json, unsigned bits,
                        const char *const *wanted, size_t len)
{
    run_ready r;
    cr_assert_eq(ready(&r, source, json, in_folder, NULL, 0), OK, "%s: %s", json, r.err.text);
    const plain *got = &r.values->input[0][0];
    cr_assert_eq(got->len, len, "%s", json);
    for (size_t k = 0; k < len; k++)
        cr_expect(got->v[k] == key_cut(key_of_text(text_of(wanted[k])), key_most(bits)),
                  "%s, item %zu", json, k);
    ready_free(&r);
}

static void expect_refused(const char *source, const char *json, const char *says)
{
    run_ready r;
    cr_expect_eq(ready(&r, source, json, in_folder, NULL, 0), E_DATA, "%s: %s", json, r.err.text);
    cr_expect(strstr(r.err.text, says), "%s: %s", json, r.err.text);
    ready_free(&r);
}

#define WANTED(...)                                                                                \
    (const char *const[]){__VA_ARGS__},                                                            \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

Test(data_keys, are_strings_or_the_digits_of_whole_numbers)
{
    expect_keys(KEYS, "{\"a\":{\"id\":[\"acme\",\"\",1,\"1\",-0,1e3,5.0,\"5.0\"]}}",
                KEY_BITS_NARROW, WANTED("acme", "", "1", "1", "0", "1000", "5", "5.0"));
    expect_keys(KEYS, "{\"a\":{\"id\":[\"\\u00e9\",\"\xC3\xA9\",\"e\xCC\x81\",\"\\ud83d\\ude00\"]}}",
                KEY_BITS_NARROW, WANTED("\xC3\xA9", "\xC3\xA9", "e\xCC\x81", "\xF0\x9F\x98\x80"));
}

Test(data_keys, are_wider_where_many_pairs_are_compared)
{
    expect_keys(ONE, "{\"a\":{\"id\":\"acme\"}}", KEY_BITS_NARROW, WANTED("acme"));
    expect_keys(MANY, "{\"a\":{\"id\":\"acme\"}}", KEY_BITS_WIDE, WANTED("acme"));
}

Test(data_keys, of_a_csv_are_its_cells_letter_by_letter)
{
    const char text[] = "name,id\nx, acme \r\ny,007\nz,\"say \"\"hi\"\"\"\n,\"\"\n";
    write_file(text, strlen(text));
    expect_keys(KEYS, "{\"a\":{\"id\":{\"csv\":\"f\",\"column\":\"id\"}}}", KEY_BITS_NARROW,
                WANTED(" acme ", "007", "say \"hi\"", ""));
    expect_refused(KEYS, "{\"a\":{\"id\":{\"csv\":\"f\",\"column\":\"name\"}}}", "a key is missing");
}

Test(data_keys, of_a_csv_need_to_be_told_from_its_names)
{
    write_file("acme\nbob\n", 9);
    expect_refused(KEYS, "{\"a\":{\"id\":{\"csv\":\"f\"}}}", "may be names or keys");
    write_file("12\nbob\n", 7);
    expect_keys(KEYS, "{\"a\":{\"id\":{\"csv\":\"f\"}}}", KEY_BITS_NARROW, WANTED("12", "bob"));
}

Test(data_keys, that_are_not_utf8_are_refused)
{
    write_file("id\n\xE9t\xE9\n", 7);
    expect_refused(KEYS, "{\"a\":{\"id\":{\"csv\":\"f\",\"column\":\"id\"}}}", "is not a key");
}

static void write_npy(const char *type, const void *items, size_t size)
{
    char header[128 + 32] = "\x93NUMPY\x01\x00\x76\x00";
    int n =
        snprintf(header + 10, 118, "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }", type);
    memset(header + 10 + n, ' ', (size_t)(118 - n));
    header[127] = '\n';
    memcpy(header + 128, items, size);
    write_file(header, 128 + size);
}

Test(data_keys, of_an_npy_are_whole_numbers)
{
    write_npy("<i8", (int64_t[]){-5, INT64_MAX}, 16);
    expect_keys(KEYS, "{\"a\":{\"id\":{\"npy\":\"f\"}}}", KEY_BITS_NARROW,
                WANTED("-5", "9223372036854775807"));
    write_npy("<f8", (double[]){1, 2}, 16);
    expect_refused(KEYS, "{\"a\":{\"id\":{\"npy\":\"f\"}}}", "it holds fractions");
}

Test(data_keys, that_are_there_twice_are_told_to_their_owner)
{
    run_ready r;
    buffer out = {0};
    cr_assert_eq(ready(&r, KEYS, "{\"a\":{\"id\":[\"x\",\"y\",\"x\"]}}", "", NULL, 0), OK);
    data_describe(r.l.data, r.l.program, r.values, 0, 0, &out);
    char *text = buffer_take(&out);
    cr_expect_str_eq(text, "id  3  2 different  from p.json\n");
    free(text);
    ready_free(&r);
}

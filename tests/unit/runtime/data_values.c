/* Data become exactly the integers they name, or are refused with file, party, name, row and column. */
#include "data_load.h"
#include "runtime/data_number.h"

#define BIDS                                                                                       \
    "party a  party bidder[n]\ninput bid from bidder : int 0..1_000_000\noutput s to all : "       \
    "int\nbid sum reveal s\n"
#define FIXES                                                                                      \
    "party a\nparam rows\ninput x from a : fix[rows 2] -8..8\noutput s to all : fix\nx total "     \
    "reveal s\n"
#define BOOLS                                                                                      \
    "party a\nparam k\ninput b from a : bool[k]\noutput s to all : int\nb count reveal s\n"
#define BOUND "party a\ninput x from a : int[..3] 0..9\noutput s to all : int\nx sum reveal s\n"

#define KEYS                                                                                       \
    "party a\nparam k\ninput id from a : key[k]\noutput s to all : int\nid \"x\" = count reveal "  \
    "s\n"

static const struct {
    const char *program, *data;
    status st;
    const char *code, *says, *place;
} refused[] = {
    {BIDS, "{\"bidder\":[{\"bid\":5},{\"bid\":1000001}]}", E_DATA, "D02",
     "1000001 is outside 0..1_000_000", "p.json:1:29, bidder[1], bid"},
    {BIDS, "{\"bidder\":[{\"bid\":-1},{\"bid\":1}]}", E_DATA, "D02", "-1 is outside",
     "bidder[0], bid"},
    {BIDS, "{\"bidder\":[{\"bid\":1.5}]}", E_DATA, "D03", "1.5 is not whole", "bidder[0], bid"},
    {BIDS, "{\"bidder\":[{\"bid\":0.99999999999999999999}]}", E_DATA, "D03", "not whole",
     "bidder[0], bid"},
    {BIDS, "{\"bidder\":[{\"bid\":\"x\"}]}", E_DATA, "D09", "is not a number", "bidder[0], bid"},
    {BIDS, "{\"bidder\":[{\"bid\":true}]}", E_DATA, "D09", "is not a number", "bidder[0], bid"},
    {BIDS, "{\"bidder\":[{\"bid\":null}]}", E_DATA, "D09", "is not a number", "bidder[0], bid"},
    {BIDS, "{\"bidder\":[{\"bid\":[1]}]}", E_DATA, "D04", "list where one value", "bidder[0], bid"},
    {BIDS, "{\"bidder\":[{\"bid\":9007199254740993}]}", E_DATA, "D01", "2^53", "p.json:1:19"},
    {BIDS, "{\"bidder\":[{\"bid\":\"99999999999999999999\"}]}", E_DATA, "D02", "outside",
     "bidder[0], bid"},
    {BIDS, "{\"bidder\":[{}]}", E_DATA, "D05", "`bid` of bidder[0] is missing", "p.json:1:12"},
    {BIDS, "{\"a\":{}}", E_DATA, "D05", "`bid` of bidder is missing", "p.json"},
    {BIDS, "{\"bidder\":[{\"bd\":1}]}", E_DATA, "D06", "has no input `bd`", "did you mean `bid`"},
    {BIDS, "{\"bider\":[{\"bid\":1}]}", E_DATA, "D06", "no party `bider`", "did you mean `bidder`"},
    {BIDS, "{\"a\":{\"bid\":1},\"bidder\":[{\"bid\":1}]}", E_DATA, "D06", "a has no input `bid`",
     "p.json:1:7"},
    {BIDS, "{\"bidder\":[{\"bid\":1,\"bid\":2}]}", E_DATA, "D07", "`bid` is given twice",
     "p.json:1:21"},
    {BIDS, "{\"bidder\":{\"bid\":1}}", E_DATA, "D09", "is a group", "p.json:1:11"},
    {BIDS, "[1]", E_DATA, "D09", "an object by party", "p.json:1:1"},
    {FIXES, "{\"a\":{\"x\":[[1,2],[3]]}}", E_DATA, "D04", "1 items here, 2 in the rows before",
     "a, x"},
    {FIXES, "{\"a\":{\"x\":[[1,2],[3,\"4\"]]}}", E_DATA, "D09", "not a number",
     "a, x, row 2, column 2"},
    {FIXES, "{\"a\":{\"x\":[[1,2],[9,4]]}}", E_DATA, "D02", "9 is outside -8..8",
     "a, x, row 2, column 1"},
    {FIXES, "{\"a\":{\"x\":[1,2]}}", E_DATA, "D04", "one value where a list", "a, x"},
    {FIXES, "{\"a\":{\"x\":[[1,2,3]]}}", E_DATA, "D04", "3 columns where the program wants 2",
     "a, x"},
    {FIXES, "{\"a\":{\"x\":{\"cvs\":\"f\"}}}", E_DATA, "D09", "neither csv nor npy", "a, x"},
    {BOOLS, "{\"a\":{\"b\":[true,2]}}", E_DATA, "D02", "2 is outside 0..1", "a, b, row 2"},
    {BOUND, "{\"a\":{\"x\":[1,2,3,4]}}", E_DATA, "D13", "4 items, more than the 3 promised", "a, x"},
    {KEYS, "{\"a\":{\"id\":[\"x\",1.5]}}", E_DATA, "D03", "1.5 is not whole, and `id` is a key",
     "a, id, row 2"},
    {KEYS, "{\"a\":{\"id\":[true]}}", E_DATA, "D09", "true is not a key",
     "strings in UTF-8, or whole numbers"},
    {KEYS, "{\"a\":{\"id\":[null]}}", E_DATA, "D09", "null is not a key", "a, id, row 1"},
    {KEYS, "{\"a\":{\"id\":[[\"x\"]]}}", E_DATA, "D04", "list where one value", "a, id"},
    {KEYS, "{\"a\":{\"id\":[9007199254740993]}}", E_DATA, "D01", "2^53", "p.json:1:13"},
};

Test(data, bad_values_are_refused_with_place_and_promise)
{
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
        run_ready r;
        cr_expect_eq(ready(&r, refused[k].program, refused[k].data, "", NULL, 0), refused[k].st,
                     "%s: %s", refused[k].data, r.err.text);
        cr_expect_str_eq(r.err.code, refused[k].code, "%s", refused[k].data);
        cr_expect(strstr(r.err.text, refused[k].says), "%s: %s", refused[k].data, r.err.text);
        cr_expect(strstr(r.err.text, refused[k].place), "%s: %s", refused[k].data, r.err.text);
        ready_free(&r);
    }
}

static void expect_items(const char *source, const char *json, size_t member,
                         const long long *wanted, size_t len)
{
    run_ready r;
    cr_assert_eq(ready(&r, source, json, "", NULL, 0), OK, "%s: %s", json, r.err.text);
    const plain *got = &r.values->input[0][member];
    cr_assert_eq(got->len, len, "%s", json);
    for (size_t k = 0; k < len; k++)
        cr_expect_eq((long long)got->v[k], wanted[k], "%s, item %zu", json, k);
    ready_free(&r);
}

Test(data, ints_are_exact_and_a_group_is_an_array)
{
    expect_items(BIDS, "{\"bidder\":[{\"bid\":7},{\"bid\":1e3}]}", 1, (long long[]){1000}, 1);
    expect_items(BIDS, "\xEF\xBB\xBF{\"a\":{},\r\n\"bidder\":[{\"bid\":\"1000000\"}]}", 0,
                 (long long[]){1000000}, 1);
    expect_items(BIDS, "{\"bidder\":[{\"bid\":5.0}]}", 0, (long long[]){5}, 1);
}

Test(data, decimals_go_to_the_nearest_multiple)
{
    /* 2^20 times: 0.5, 0.1 -> 104857.6, -0.1, 2^-21 (a tie, away from zero) */
    expect_items(FIXES, "{\"a\":{\"x\":[[0.5,0.1],[-0.1,0.000000476837158203125]]}}", 0,
                 (long long[]){524288, 104858, -104858, 1}, 4);
}

Test(data, bools_are_true_false_1_0)
{
    expect_items(BOOLS, "{\"a\":{\"b\":[true,false,1,0]}}", 0, (long long[]){1, 0, 1, 0}, 4);
}

Test(data, private_lengths_go_up_to_their_bound_and_down_to_nothing)
{
    expect_items(BOUND, "{\"a\":{\"x\":[1,2,3]}}", 0, (long long[]){1, 2, 3}, 3);
    expect_items(BOUND, "{\"a\":{\"x\":[]}}", 0, NULL, 0);
}

Test(data, the_owner_sees_a_line_an_input)
{
    run_ready r;
    buffer out = {0};
    cr_assert_eq(ready(&r, FIXES, "{\"a\":{\"x\":[[-2.1,1],[7.9,0]]}}", "", NULL, 0), OK, "%s",
                 r.err.text);
    data_describe(r.l.data, r.l.program, r.values, 0, 0, &out);
    char *text = buffer_take(&out);
    cr_expect_str_eq(text, "x  2 x 2  min -2.1  max 7.9  from p.json\n");
    free(text);
    ready_free(&r);
}

/* Walking cJSON by index would take hours here. */
Test(data, a_million_numbers_are_read_at_once, .timeout = 20)
{
    enum { COUNT = 1000000 };
    char *json = malloc(2 * COUNT + 64);
    size_t n = (size_t)sprintf(json, "{\"a\":{\"b\":[1");
    for (int k = 1; k < COUNT; k++) n += (size_t)sprintf(json + n, ",%d", k % 2);
    strcpy(json + n, "]}}");
    run_ready r;
    cr_expect_eq(ready(&r, BOOLS, json, "", NULL, 0), OK, "%s", r.err.text);
    cr_expect_eq(r.values->input[0][0].len, COUNT);
    ready_free(&r);
    free(json);
}

/* The short way and the general way agree. */
Test(data, short_decimals_round_as_long_ones)
{
    const char *const texts[] = {"0.1",
                                 "-0.1",
                                 "7.999999",
                                 "-7.9999999",
                                 "0.000000476837158203125",
                                 "0.00000047683715820312",
                                 "0.5",
                                 "-0.00000047683715820312",
                                 "3",
                                 "0",
                                 "-0",
                                 "0.123456789012345678"};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        num fast, slow;
        char with_exponent[64];
        snprintf(with_exponent, sizeof with_exponent, "%se0", texts[k]);
        cr_assert_eq(number_of_text(text_of(texts[k]), KIND_FIX, 20, &fast), NUMBER_OK);
        cr_assert_eq(number_of_text(text_of(with_exponent), KIND_FIX, 20, &slow), NUMBER_OK);
        cr_expect(fast == slow, "%s", texts[k]);
    }
}

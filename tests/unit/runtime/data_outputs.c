/* Results as JSON: exact ints, shortest decimals, nested arrays, every party of the program. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "runtime/data.h"

static void expect(uint8_t k, unsigned rank, uint64_t d0, uint64_t d1, num *items, const char *wanted)
{
    port_decl port = {.name = (char[]){"x"}, .kind = k, .rank = (uint8_t)rank, .dim = {d0, d1}};
    program p = {.precision = 20, .output = &port, .outputs = 1};
    plain value_of_x = {items, 4, 0};
    buffer out = {0};
    output_json(&p, 0, &value_of_x, &out);
    char *text = buffer_take(&out);
    cr_expect_str_eq(text, wanted);
    free(text);
}

Test(outputs, ints_past_2_53_are_strings)
{
    expect(KIND_INT, 0, 0, 0, (num[]){9007199254740991}, "9007199254740991");
    expect(KIND_INT, 0, 0, 0, (num[]){9007199254740992}, "\"9007199254740992\"");
    expect(KIND_INT, 0, 0, 0, (num[]){-9007199254740992}, "\"-9007199254740992\"");
    expect(KIND_INT, 0, 0, 0, (num[]){(num)1 << 100}, "\"1267650600228229401496703205376\"");
}

Test(outputs, arrays_nest_and_bools_are_words)
{
    expect(KIND_INT, 2, 2, 2, (num[]){1, 2, 3, -4}, "[[1,2],[3,-4]]");
    expect(KIND_BOOL, 1, 4, 0, (num[]){1, 0, 0, 1}, "[true,false,false,true]");
    expect(KIND_FIX, 1, 3, 0, (num[]){1048576, 524288, -104858}, "[1,0.5,-0.1]");
}

Test(outputs, every_party_is_there_and_a_group_is_an_array)
{
    party_decl parties[] = {
        {(char[]){"a"}, false, 1}, {(char[]){"g"}, true, 2}, {(char[]){"b"}, false, 1}};
    port_decl ports[] = {{.name = (char[]){"x"}, .party = PARTY_ALL, .kind = KIND_INT},
                         {.name = (char[]){"y"}, .party = 1, .kind = KIND_INT},
                         {.name = (char[]){"z"}, .party = 0, .kind = KIND_INT}};
    program p = {.precision = 20, .party = parties, .parties = 3, .output = ports, .outputs = 3};
    num seven = 7, one = 1, two = 2, three = 3;
    plain x[] = {{&seven, 1, 0}}, y[] = {{&one, 1, 0}, {&two, 1, 0}}, z[] = {{&three, 1, 0}};
    run_data run = {.output = (plain *[]){x, y, z}};
    buffer out = {0};
    outputs_json(&p, &run, &out);
    char *text = buffer_take(&out);
    cr_expect_str_eq(
        text,
        "{\"a\":{\"x\":7,\"z\":3},\"g\":[{\"x\":7,\"y\":1},{\"x\":7,\"y\":2}],\"b\":{\"x\":7}}");
    free(text);
}

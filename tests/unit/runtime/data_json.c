/* Strict JSON: everything that two tools could read differently is refused, with its place. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"

static slice text_of(const char *s)
{
    return (slice){(const uint8_t *)s, strlen(s)};
}

static status parse(const char *s, failure *err)
{
    json j;
    status st = json_parse(&j, text_of(s), "d.json", JSON_SAFE_NUMBERS, err);
    if (st == OK) json_free(&j);
    return st;
}

static const struct {
    const char *text, *place, *says;
} refused[] = {
    {"", "d.json:1:1", "ends"},
    {"{\"a\":1} x", "d.json:1:9", "after the end"},
    {"{\"a\":1}{", "d.json:1:8", "after the end"},
    {"{\"a\":1,\"a\":2}", "d.json:1:8", "given twice"},
    {"{\"a\":1,\n \"\\u0061\":2}", "d.json:2:2", "given twice"},
    {"[{\"b\":{\"c\":1,\"c\":1}}]", "d.json:1:14", "given twice"},
    {"[01]", "d.json:1:2", "leading zeros"},
    {"[-01]", "d.json:1:3", "leading zeros"},
    {"[1.]", "d.json:1:4", "digit"},
    {"[.5]", "d.json:1:2", "value"},
    {"[+5]", "d.json:1:2", "value"},
    {"[1e]", "d.json:1:4", "digit"},
    {"[1e999]", "d.json:1:2", "too large"},
    {"[-1e999]", "d.json:1:2", "too large"},
    {"[NaN]", "d.json:1:2", "value"},
    {"[Infinity]", "d.json:1:2", "value"},
    {"[9007199254740992]", "d.json:1:2", "2^53"},
    {"[-9007199254740993]", "d.json:1:2", "2^53"},
    {"[1e16]", "d.json:1:2", "2^53"},
    {"[1,]", "d.json:1:4", "value"},
    {"[1 2]", "d.json:1:4", "`]`"},
    {"{\"a\" 1}", "d.json:1:6", "`:`"},
    {"{a:1}", "d.json:1:2", "string"},
    {"[\"a\nb\"]", "d.json:1:4", "control character"},
    {"[\"abc", "d.json:1:2", "no end"},
    {"[\"\\u0000\"]", "d.json:1:3", "\\u0000"},
    {"[\"\\x\"]", "d.json:1:3", "escape"},
    {"[\"\\u12g4\"]", "d.json:1:3", "hexadecimal"},
    {"[\"\\ud800\"]", "d.json:1:", "cannot be read"},
    {"[\"\xff\"]", "d.json:1:3", "UTF-8"},
    {"[\"\xc0\xaf\"]", "d.json:1:3", "UTF-8"},
    {"[\"\xed\xa0\x80\"]", "d.json:1:3", "UTF-8"},
    {"[\"\xc3\xa4\", x]", "d.json:1:7", "value"}, /* columns count characters */
};

Test(json, refuses_what_tools_read_differently_and_says_where)
{
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
        failure err = {0};
        cr_expect_eq(parse(refused[k].text, &err), E_DATA, "%s", refused[k].text);
        cr_expect(strstr(err.text, refused[k].place), "%s: %s", refused[k].text, err.text);
        cr_expect(strstr(err.text, refused[k].says), "%s: %s", refused[k].text, err.text);
    }
}

static const char *const accepted[] = {"\xEF\xBB\xBF{\"a\":1}\r\n",
                                       " [ ] ",
                                       "{}",
                                       "[0,-0,0.5,1e3,9007199254740991,\"9007199254740993\"]",
                                       "[true,false,null]",
                                       "{\"a\":{\"b\":1},\"c\":{\"b\":1}}",
                                       "[\"\\ud83d\\ude00 \xc3\xa4\"]",
                                       "7"};

Test(json, takes_a_byte_order_mark_crlf_and_all_of_the_grammar)
{
    for (size_t k = 0; k < sizeof accepted / sizeof *accepted; k++) {
        failure err = {0};
        cr_expect_eq(parse(accepted[k], &err), OK, "%s: %s", accepted[k], err.text);
    }
}

Test(json, refuses_deep_nesting_without_using_the_stack_up)
{
    char deep[4096];
    failure err = {0};
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = 0;
    cr_expect_eq(parse(deep, &err), E_DATA);
    cr_expect(strstr(err.text, "too deeply"));
}

Test(json, remembers_the_exact_text_of_every_number)
{
    failure err = {0};
    json j;
    cr_assert_eq(
        json_parse(&j, text_of("{\"x\":[0.10, \"s\", 1e-3]}"), "d", JSON_SAFE_NUMBERS, &err), OK);
    const cJSON *list = json_member(j.root, "x");
    slice first = json_token(&j, list->child), last = json_token(&j, list->child->next->next);
    cr_expect(first.len == 4 && !memcmp(first.data, "0.10", 4));
    cr_expect(last.len == 4 && !memcmp(last.data, "1e-3", 4));
    cr_expect_null(json_member(j.root, "X"), "names differ by case");
    json_free(&j);
}

Test(json, strings_are_written_so_that_they_read_back)
{
    buffer out = {0};
    failure err = {0};
    json j;
    const char *odd = "a\"b\\c\nd\te\x01 \xc3\xa4";
    json_string(&out, odd);
    cr_assert_eq(json_parse(&j, (slice){out.data, out.len}, "d", JSON_SAFE_NUMBERS, &err), OK, "%s",
                 err.text);
    cr_expect_str_eq(j.root->valuestring, odd);
    json_free(&j);
    buffer_free(&out);
}

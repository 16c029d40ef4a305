/* CSV and NPY files that data refer to. */
#include <sys/stat.h>

#include "data_folder.h"
#include "runtime/csv.h"

#define TABLE                                                                                      \
    "party a\nparam rows\ninput x from a : fix[rows 2] -8..8\noutput s to all : fix\nx total "     \
    "reveal s\n"
#define COLUMN                                                                                     \
    "party a\nparam rows\ninput x from a : int[rows] 0..1_000_000\noutput s to all : int\nx sum "  \
    "reveal s\n"

TestSuite(data_files, .init = make_folder, .fini = remove_folder);

static void expect_items(const char *source, const char *json, const long long *wanted, size_t len)
{
    run_ready r;
    cr_assert_eq(ready(&r, source, json, in_folder, NULL, 0), OK, "%s", r.err.text);
    const plain *got = &r.values->input[0][0];
    cr_assert_eq(got->len, len);
    for (size_t k = 0; k < len; k++) cr_expect_eq((long long)got->v[k], wanted[k], "item %zu", k);
    ready_free(&r);
}

static void expect_refused(const char *source, const char *json, status st, const char *says,
                           const char *where)
{
    run_ready r;
    cr_expect_eq(ready(&r, source, json, in_folder, NULL, 0), st, "%s", r.err.text);
    cr_expect(strstr(r.err.text, says), "%s", r.err.text);
    cr_expect(strstr(r.err.text, where), "%s", r.err.text);
    ready_free(&r);
}

static void csv_file(const char *text)
{
    write_file(text, strlen(text));
}

#define FROM_CSV "{\"a\":{\"x\":{\"csv\":\"f\"}}}"
#define FROM_BID "{\"a\":{\"x\":{\"csv\":\"f\",\"column\":\"bid\"}}}"
#define FROM_NPY "{\"a\":{\"x\":{\"npy\":\"f\"}}}"

Test(data_files, a_csv_column_by_name)
{
    csv_file("\xEF\xBB\xBFname,bid\r\n\"Acme, \"\"Ltd\"\"\",5\r\nB,\"1000000\"\r\n");
    expect_items(COLUMN, FROM_BID, (long long[]){5, 1000000}, 2);
}

Test(data_files, a_whole_csv_with_and_without_names)
{
    csv_file("u,v\n0.5,1\n-1,2");
    expect_items(TABLE, FROM_CSV, (long long[]){524288, 1048576, -1048576, 2097152}, 4);
    csv_file("0.5,1\n-1,2\n");
    expect_items(TABLE, FROM_CSV, (long long[]){524288, 1048576, -1048576, 2097152}, 4);
}

Test(data_files, csv_mistakes_without_names_have_a_column_number)
{
    csv_file("0.5,1\n-1,9\n");
    expect_refused(TABLE, FROM_CSV, E_DATA, "9 is outside", "f, row 2, column 2");
}

Test(data_files, a_csv_column_is_not_named_by_what_follows_a_byte_0)
{
    static const uint8_t text[] = "x\0\0\0,y\n1,2\n";
    char name[8] = "x"; /* and zeros */
    csv table;
    size_t column = 9;

    cr_assert_eq(csv_parse(&table, (slice){text, sizeof text - 1}, "f", NULL), OK);
    cr_expect_not(csv_column(&table, name, &column));
    cr_expect(csv_column(&table, "y", &column));
    cr_expect_eq(column, 1);
    csv_free(&table);
}

Test(data_files, csv_mistakes_name_row_and_column)
{
    csv_file("name,bid\nA,5\nACME Ltd,1250000\n");
    expect_refused(COLUMN, FROM_BID, E_DATA, "1250000 is outside 0..1_000_000",
                   "f, row 3, column bid");
    csv_file("name,bid\nA,\n");
    expect_refused(COLUMN, FROM_BID, E_DATA, "a number is missing", "f, row 2, column bid");
    csv_file("name,bid\nA,nan\n");
    expect_refused(COLUMN, FROM_BID, E_DATA, "nan is not a number", "f, row 2, column bid");
    csv_file("name,bid\nA,1.5\n");
    expect_refused(COLUMN, FROM_BID, E_DATA, "1.5 is not whole", "f, row 2, column bid");
    csv_file("name,bid\nA,1,2\n");
    expect_refused(COLUMN, FROM_BID, E_DATA, "3 cells", "f, row 2");
    csv_file("name,bid\n\"A,1\n");
    expect_refused(COLUMN, FROM_BID, E_DATA, "no end", "f, row 2");
    csv_file("name,bid\nA\"b,1\n");
    expect_refused(COLUMN, FROM_BID, E_DATA, "not quoted", "f, row 2");
    csv_file("name,offer\nA,1\n");
    expect_refused(COLUMN, FROM_BID, E_DATA, "no column `bid`", "a, x");
    csv_file("name,bid\nA,1\n");
    expect_refused(COLUMN, FROM_CSV, E_DATA, "2 columns", "a, x");
}

Test(data_files, a_file_that_is_missing_is_wrong_usage)
{
    expect_refused(COLUMN, FROM_BID, E_USAGE, "cannot be read", "a, x");
}

static void npy(const char *type, const char *order, const char *shape, const void *items,
                size_t bytes)
{
    char text[256] = "\x93NUMPY\x01";
    char header[128];
    int len = snprintf(header, sizeof header,
                       "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", type, order, shape);
    text[8] = (char)len;
    memcpy(text + 10, header, (size_t)len);
    memcpy(text + 10 + len, items, bytes);
    write_file(text, 10 + (size_t)len + bytes);
}

Test(data_files, npy_of_all_four_types)
{
    npy("<f8", "False", "(2, 2)", (double[]){0.5, -1, 0.1, 8}, 32);
    expect_items(TABLE, FROM_NPY, (long long[]){524288, -1048576, 104858, 8388608}, 4);
    npy("<f4", "False", "(1, 2)", (float[]){0.25f, -8}, 8);
    expect_items(TABLE, FROM_NPY, (long long[]){262144, -8388608}, 2);
    npy("<i4", "False", "(2,)", (int32_t[]){7, 1000000}, 8);
    expect_items(COLUMN, FROM_NPY, (long long[]){7, 1000000}, 2);
    npy("<i8", "False", "(2,)", (int64_t[]){7, 0}, 16);
    expect_items(COLUMN, FROM_NPY, (long long[]){7, 0}, 2);
    npy("<i4", "False", "(1, 2)", (int32_t[]){-8, 3}, 8);
    expect_items(TABLE, FROM_NPY, (long long[]){-8388608, 3145728}, 2);
}

Test(data_files, npy_mistakes_are_named)
{
    npy("<f8", "False", "(1, 2)", (double[]){0.5, 0.0 / 0.0}, 16);
    expect_refused(TABLE, FROM_NPY, E_DATA, "is not a number", "f, a, x, row 1, column 2");
    npy("<f8", "False", "(1, 2)", (double[]){1e308 * 10, 0}, 16);
    expect_refused(TABLE, FROM_NPY, E_DATA, "is not a number", "row 1, column 1");
    npy("<f8", "False", "(2,)", (double[]){0.5, 1}, 16);
    expect_refused(COLUMN, FROM_NPY, E_DATA, "0.5 is not whole", "f, a, x, row 1");
    expect_refused(TABLE, FROM_NPY, E_DATA, "it has 1 axes", "a, x");
    npy("<f8", "True", "(1, 2)", (double[]){0, 0}, 16);
    expect_refused(TABLE, FROM_NPY, E_DATA, "Fortran", "a, x");
    npy("<f2", "False", "(1, 2)", (double[]){0, 0}, 4);
    expect_refused(TABLE, FROM_NPY, E_DATA, "none of <f4 <f8", "a, x");
    npy("<f8", "False", "(3, 2)", (double[]){0, 0}, 16);
    expect_refused(TABLE, FROM_NPY, E_DATA, "length does not fit", "a, x");
    npy("<f8", "False", "[2]", (double[]){0, 0}, 16);
    expect_refused(TABLE, FROM_NPY, E_DATA, "its shape cannot be read", "a, x");
    npy("<f8", "False", "(4294967296, 4294967296, 2)", (double[]){0, 0}, 16);
    expect_refused(TABLE, FROM_NPY, E_DATA, "cannot be read", "a, x");
    npy("<i8", "False", "(1,)", (int64_t[]){INT64_MIN}, 8);
    expect_refused(COLUMN, FROM_NPY, E_DATA, "-9223372036854775808", "f, a, x, row 1");
    write_file("\x93NUMPY\x01\x00\xff\xff{'descr'", 18);
    expect_refused(TABLE, FROM_NPY, E_DATA, "its header cannot be read", "a, x");
    write_file("\x93NUMPY\x04\x00\x01\x00{}", 12);
    expect_refused(TABLE, FROM_NPY, E_DATA, "its header cannot be read", "a, x");
    write_file("hello", 5);
    expect_refused(TABLE, FROM_NPY, E_DATA, "not a .npy file", "a, x");
}

/* What the codes of data files, of the network and of tests mean, and what to do. */
#include "runtime/codes.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *code, *page;
} pages[] = {
    {"D01", "The data file is not JSON, or JSON that tools read in different ways: text after the "
            "end, leading\n"
            "zeros, numbers of 2^53 or more (give those as strings), bytes that are not UTF-8."},
    {"D02", "A value lies outside the range that the program declares for its input. Widen the "
            "range in the\n"
            "program, where all parties see it, or correct the value."},
    {"D03", "A fraction was given for an int or a bool. Nothing is rounded silently: round it "
            "yourself, or declare\n"
            "the input as fix."},
    {"D04", "A value has another shape than the program declares: too few or too many items, rows "
            "of different\n"
            "lengths, or a list where one value should stand."},
    {"D05", "An input has no value. Every input of the program has one, under its own name, in its "
            "party's object."},
    {"D06", "The data name a party or an input that the program does not have."},
    {"D07",
     "A name stands twice in one object of the data. One of the two would be lost: remove it."},
    {"D09",
     "A value is of the wrong sort: text where a number should stand, or the other way round."},
    {"D10", "A CSV file is malformed (RFC 4180), or has no column of that name."},
    {"D11", "A NumPy file cannot be used. moot reads little-endian f4, f8, i4 and i8 in C order."},
    {"D12", "Two places give different values for one size: two owners' data, or data and --set or "
            "a default."},
    {"D13", "A value of private length has more items than the bound in the program."},
    {"N01", "The parties were started with different things: another program, params, threshold, "
            "version. Nothing\n"
            "was shared yet. The message says what differs and between whom: agree, and start "
            "again."},
    {"N02", "The parties file cannot be used as it stands. The message shows the place and what "
            "should be there."},
    {"N03", "A peer went away: its process ended, or its machine or the network between was lost. "
            "The message says\n"
            "who, when, and whether anything was revealed. Start again with the same inputs."},
    {"N04", "A peer sent what the protocol does not allow at this step: it is broken or cheats. "
            "The run stopped."},
    {"N05", "A peer was interrupted before the end, by Ctrl-C or a signal. Start again with the "
            "same inputs."},
    {"T01", "A test of the file gives another result than it expects. Tests run in the clear, and "
            "real runs give\n"
            "the same digits, so the program does what is shown."},
};

const char *code_page(const char *code)
{
    for (size_t k = 0; k < sizeof pages / sizeof *pages; k++)
        if (!strcmp(pages[k].code, code)) return pages[k].page;
    return NULL;
}

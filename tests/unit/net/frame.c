/* The header of a frame, byte for byte. */
#include "net/frame.h"

#include <criterion/criterion.h>
#include <string.h>

static const uint8_t tag[FRAME_TAG] = {16, 17, 18, 19, 20, 21, 22, 23,
                                       24, 25, 26, 27, 28, 29, 30, 31};
static const uint8_t bytes[CHANNEL_HEADER] = {
    'M',  'T',  1,    FRAME_CREDIT, 0x04, 0x03, 0x02, 0x01, 0x0f, 0x0e, 0x0d,
    0x0c, 0x0b, 0x0a, 0x09,         0x08, 16,   17,   18,   19,   20,   21,
    22,   23,   24,   25,           26,   27,   28,   29,   30,   31};

Test(frame, has_this_layout)
{
    frame_header h = {FRAME_CREDIT, 0x01020304, 0x08090a0b0c0d0e0f, tag}, back;
    uint8_t out[CHANNEL_HEADER];

    frame_header_write(out, &h);
    cr_assert_arr_eq(out, bytes, sizeof bytes);
    cr_assert(frame_header_read(&back, out, sizeof out));
    cr_assert(back.kind == h.kind && back.sequence == h.sequence && back.nonce == h.nonce);
    cr_assert_arr_eq(back.tag, tag, FRAME_TAG);
}

Test(frame, is_refused_when_it_is_short_long_or_of_another_kind_or_version)
{
    uint8_t bad[CHANNEL_HEADER];
    frame_header h;

    cr_assert_not(frame_header_read(&h, bytes, CHANNEL_HEADER - 1));
    cr_assert_not(frame_header_read(&h, bytes, FRAME_MAX + 1));
    for (size_t i = 0; i < 4; i++) {
        memcpy(bad, bytes, sizeof bad);
        bad[i] = 0xff;
        cr_assert_not(frame_header_read(&h, bad, sizeof bad), "byte %zu", i);
    }
    memcpy(bad, bytes, sizeof bad);
    bad[3] = 0;
    cr_assert_not(frame_header_read(&h, bad, sizeof bad));
}

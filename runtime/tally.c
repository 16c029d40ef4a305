/* What a cost box has counted: taken down, put back, and counted again. */
#include "runtime/tally.h"

#include <stdlib.h>
#include <string.h>

bool tally_new(tally *t, const box *b)
{
    t->channel = channel_counting(b->self, b->members);
    t->line = calloc(b->lines + 1, sizeof *t->line);
    return t->channel && t->line;
}

void tally_free(tally *t)
{
    channel_close(t->channel);
    free(t->line);
}

void tally_take(tally *t, const box *b)
{
    channel_count_as(t->channel, b->channel);
    t->multiplications = b->multiplications, t->of_lines = b->bytes_of_lines;
    memcpy(t->line, b->line, b->lines * sizeof *t->line);
    if (b->audit) t->pending = b->audit->now->count;
}

void tally_put(const tally *t, box *b)
{
    channel_count_as(b->channel, t->channel);
    b->multiplications = t->multiplications, b->bytes_of_lines = t->of_lines;
    memcpy(b->line, t->line, b->lines * sizeof *t->line);
    if (b->audit) b->audit->now->count = t->pending;
}

static void repeat(uint64_t *count, uint64_t since, uint64_t times)
{
    *count += (*count - since) * times;
}

void tally_repeat(const tally *t, box *b, uint64_t times)
{
    channel_count_again(b->channel, t->channel, times);
    repeat(&b->multiplications, t->multiplications, times);
    repeat(&b->bytes_of_lines, t->of_lines, times);
    for (size_t k = 0; k < b->lines; k++) {
        repeat(&b->line[k].multiplications, t->line[k].multiplications, times);
        repeat(&b->line[k].bytes, t->line[k].bytes, times);
        repeat(&b->line[k].rounds, t->line[k].rounds, times);
    }
    if (b->audit) audit_counts_repeat(&b->audit->now->count, &t->pending, times);
}

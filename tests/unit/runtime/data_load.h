/* Loads a program and its data from texts, as the commands do from files. */
#ifndef TESTS_DATA_LOAD_H
#define TESTS_DATA_LOAD_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/source.h"

typedef struct run_ready {
    loaded l;
    run_data *values;
    failure err;
} run_ready;

static inline slice text_of(const char *s)
{
    return (slice){(const uint8_t *)s, strlen(s)};
}

/* Everything up to a run: header, data, sizes, program, inputs. */
static inline status ready(run_ready *r, const char *source, const char *json, const char *folder,
                           const setting *set, size_t sets)
{
    load_request req = {
        .source = {.file = "p.moot", .source = text_of(source), .set = set, .sets = sets},
        .json = text_of(json),
        .data_file = "p.json",
        .folder = folder};
    memset(r, 0, sizeof *r);
    status st = load(&r->l, &req, &r->err);
    if (st == OK && !(r->values = run_data_new(r->l.program))) st = E_MEMORY;
    if (st == OK) st = data_fill(r->l.data, r->l.program, r->values, &r->err);
    return st;
}

static inline void ready_free(run_ready *r)
{
    if (r->values) run_data_free(r->values, r->l.program);
    loaded_free(&r->l);
}

#endif

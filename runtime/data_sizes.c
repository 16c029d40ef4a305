/* The sizes that follow from data, held against what the user set, what the program says, and each other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/data_number.h"
#include "runtime/data_parts.h"

/* A size that data fix, and who fixed it. */
typedef struct found_size {
    char *name;
    uint64_t size;
    char owner[OWNER_LENGTH];
} found_size;

void data_free_sizes(data *d)
{
    for (size_t k = 0; k < d->sizes; k++) {
        free((char *)d->size[k].name);
        free((char *)d->size[k].value);
        free((char *)d->size[k].owner);
    }
    free(d->size);
    d->size = NULL;
    d->sizes = 0;
}

typedef struct size_search {
    data *d;
    const setting *set;
    size_t sets;
    found_size *found;
    size_t count, cap;
} size_search;

static bool whole(const char *text, uint64_t *out)
{
    num n;
    if (!text || number_of_text((slice){(const uint8_t *)text, strlen(text)}, KIND_INT, 0, &n))
        return false;
    *out = n >= 0 ? (uint64_t)n : UINT64_MAX;
    return true;
}

static status check_set(const size_search *s, const char *name, uint64_t size, const char *owner,
                        bool *known, failure *err)
{
    uint64_t fixed;
    for (size_t k = 0; k < s->sets; k++) {
        if (strcmp(s->set[k].name, name)) continue;
        *known = true;
        if (!whole(s->set[k].value, &fixed) || fixed == size) return OK;
        fail(err, E_DATA, "D12", "`%s` was set to %s but it is %llu in the data of %s", name,
             s->set[k].value, (unsigned long long)size, owner);
        return E_DATA;
    }
    return OK;
}

static status check_default(const size_search *s, const char *name, uint64_t size,
                            const char *owner, bool *known, failure *err)
{
    uint64_t fixed;
    for (size_t k = 0; k < s->d->header->params; k++) {
        const source_param *param = &s->d->header->param[k];
        if (strcmp(param->name, name) || !whole(param->value, &fixed)) continue;
        *known = true;
        if (fixed == size) return OK;
        fail(err, E_DATA, "D12", "`%s` is %s in the program but %llu in the data of %s", name,
             param->value, (unsigned long long)size, owner);
        fail_add(err, "help: --set %s=%llu", name, (unsigned long long)size);
        return E_DATA;
    }
    return OK;
}

static status remember_size(size_search *s, const char *name, uint64_t size, const char *owner,
                            failure *err)
{
    if (s->count == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 8;
        found_size *grown = realloc(s->found, cap * sizeof *grown);
        if (!grown) return fail_memory(err);
        s->found = grown;
        s->cap = cap;
    }
    found_size *f = &s->found[s->count];
    f->size = size;
    snprintf(f->owner, sizeof f->owner, "%s", owner);
    f->name = strdup(name);
    if (!f->name) return fail_memory(err);
    s->count++;
    return OK;
}

/* A size that the header does not declare is the compiler's to refuse, where the program uses it. */
static bool declared(const report *header, const char *name)
{
    for (size_t k = 0; k < header->params; k++)
        if (!strcmp(header->param[k].name, name)) return true;
    return false;
}

static status add_size(size_search *s, const char *name, uint64_t size, const char *owner,
                       failure *err)
{
    bool known = false;
    status st;

    if (!declared(s->d->header, name)) return OK;
    if ((st = check_set(s, name, size, owner, &known, err)) || known) return st;
    if ((st = check_default(s, name, size, owner, &known, err)) || known) return st;
    for (size_t k = 0; k < s->count; k++) {
        if (strcmp(s->found[k].name, name)) continue;
        if (s->found[k].size == size) return OK;
        fail(err, E_DATA, "D12", "`%s` is %llu in the data of %s but %llu in those of %s", name,
             (unsigned long long)s->found[k].size, s->found[k].owner, (unsigned long long)size,
             owner);
        return E_DATA;
    }
    return remember_size(s, name, size, owner, err);
}

static status add_group_sizes(size_search *s, failure *err)
{
    status st;
    for (size_t k = 0; k < s->d->header->parties; k++) {
        const source_party *party = &s->d->header->party[k];
        uint32_t members = s->d->members[k];
        if (!party->group || !party->size.name || members == MEMBERS_UNKNOWN) continue;
        if ((st = add_size(s, party->size.name, members, party->name, err))) return st;
    }
    return OK;
}

static status add_input_sizes(size_search *s, size_t input, failure *err)
{
    const report *header = s->d->header;
    const source_port *port = &header->input[input];
    const source_party *party = &header->party[data_party_index(header, port->party)];
    char owner[OWNER_LENGTH];
    status st;

    for (uint32_t m = 0; m < s->d->givens[input]; m++) {
        const given *v = &s->d->given[input][m];
        data_owner_name(party, m, owner);
        for (unsigned axis = 0; v->doc && axis < port->rank; axis++) {
            const size_expr *size = &port->dim[axis];
            if (!size->name || size->open || v->dim[axis] == DIM_ANY) continue;
            if (!(st = add_size(s, size->name, v->dim[axis], owner, err))) continue;
            if (err) given_point_whole(v, &(given_wanted){.port = port, .owner = owner}, err);
            return st;
        }
    }
    return OK;
}

/* The settings of the user, then the sizes found. */
static status list_settings(const size_search *s, failure *err)
{
    data *d = s->d;
    char text[24];

    data_free_sizes(d);
    d->size = calloc(s->sets + s->count + 1, sizeof *d->size);
    if (!d->size) return fail_memory(err);
    for (size_t k = 0; k < s->sets + s->count; k++) {
        const char *name = k < s->sets ? s->set[k].name : s->found[k - s->sets].name;
        if (k >= s->sets)
            snprintf(text, sizeof text, "%llu", (unsigned long long)s->found[k - s->sets].size);
        d->size[k].name = strdup(name);
        d->size[k].value = strdup(k < s->sets ? s->set[k].value : text);
        d->sizes = k + 1;
        if (k >= s->sets) d->size[k].owner = strdup(s->found[k - s->sets].owner);
        if (!d->size[k].name || !d->size[k].value || (k >= s->sets && !d->size[k].owner))
            return fail_memory(err);
    }
    return OK;
}

status data_sizes(data *d, const report *header, const setting *set, size_t sets,
                  const setting **out, size_t *outs, failure *err)
{
    size_search s = {.d = d, .set = set, .sets = sets};
    status st = add_group_sizes(&s, err);

    for (size_t i = 0; st == OK && i < header->inputs; i++) st = add_input_sizes(&s, i, err);
    if (st == OK) st = list_settings(&s, err);
    for (size_t k = 0; k < s.count; k++) free(s.found[k].name);
    free(s.found);
    *out = d->size;
    *outs = d->sizes;
    return st;
}

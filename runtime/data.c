/* The data of one launch: which member of which party gives what, the sizes that follow, and the numbers
 * handed to a run. How a single value is read is in data_given.c. */
#include "runtime/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/data_key.h"
#include "runtime/data_parts.h"
#include "runtime/nearest.h"
#include "vm/key.h"

/* --- who is who */

void data_owner_name(const source_party *party, uint32_t member, char out[OWNER_LENGTH])
{
    if (party->group)
        snprintf(out, OWNER_LENGTH, "%s[%u]", party->name, member);
    else
        snprintf(out, OWNER_LENGTH, "%s", party->name);
}

size_t data_party_index(const report *header, const char *name)
{
    for (size_t k = 0; k < header->parties; k++)
        if (!strcmp(header->party[k].name, name)) return k;
    return SIZE_MAX;
}

static size_t input_index(const report *header, const char *name)
{
    for (size_t k = 0; k < header->inputs; k++)
        if (!strcmp(header->input[k].name, name)) return k;
    return SIZE_MAX;
}

static given_wanted wanted_of(const data *d, size_t input, const char *owner)
{
    return (given_wanted){&d->header->input[input], d->header->precision, d->folder, owner};
}

/* --- making and freeing */

static data *data_new(const report *header, const char *folder, failure *err)
{
    data *d = calloc(1, sizeof *d);
    if (!d) goto failed;
    d->header = header;
    d->folder = folder ? strdup(folder) : NULL;
    d->members = calloc(header->parties + 1, sizeof *d->members);
    d->given = calloc(header->inputs + 1, sizeof *d->given);
    d->givens = calloc(header->inputs + 1, sizeof *d->givens);
    if ((folder && !d->folder) || !d->members || !d->given || !d->givens) goto failed;
    return d;
failed:
    data_free(d);
    fail_memory(err);
    return NULL;
}

void data_free(data *d)
{
    if (!d) return;
    for (size_t i = 0; d->given && d->givens && i < d->header->inputs; i++) {
        for (uint32_t m = 0; m < d->givens[i]; m++) given_free(&d->given[i][m]);
        free(d->given[i]);
    }
    for (size_t k = 0; k < d->docs; k++) json_free(&d->doc[k]);
    data_free_sizes(d);
    free(d->doc);
    free(d->file);
    free(d->folder);
    buffer_free(&d->text);
    free(d->members);
    free(d->given);
    free(d->givens);
    free(d);
}

/* Room for `members` of the party that owns each of its inputs. */
static status make_room(data *d, size_t party, size_t members, failure *err)
{
    if (members > MEMBERS_MAX)
        return fail(err, E_DATA, "D04", "%s has %zu members, which is too many",
                    d->header->party[party].name, members);
    d->members[party] = (uint32_t)members;
    for (size_t i = 0; i < d->header->inputs; i++) {
        if (strcmp(d->header->input[i].party, d->header->party[party].name)) continue;
        d->given[i] = calloc(members + 1, sizeof **d->given);
        if (!d->given[i]) return fail_memory(err);
        d->givens[i] = (uint32_t)members;
    }
    return OK;
}

/* --- reading the object of each party */

static status refuse_unknown(const data *d, const cJSON *item, const char *what, const char *near,
                             failure *err)
{
    fail(err, E_DATA, "D06", "%s `%.100s`", what, item->string);
    json_point_name(&d->doc[0], item, "", err);
    if (near) fail_add(err, "help: did you mean `%s`?", near);
    return E_DATA;
}

static const char *nearest_input(const report *header, const char *party, const char *name)
{
    const char *best = NULL;
    size_t least = SIZE_MAX;
    for (size_t k = 0; k < header->inputs; k++) {
        size_t distance = name_distance(header->input[k].name, name);
        if (strcmp(header->input[k].party, party) || distance >= least) continue;
        least = distance;
        best = header->input[k].name;
    }
    return best;
}

static const char *nearest_party(const report *header, const char *name)
{
    const char *best = NULL;
    size_t least = SIZE_MAX;
    for (size_t k = 0; k < header->parties; k++) {
        size_t distance = name_distance(header->party[k].name, name);
        if (distance >= least) continue;
        least = distance;
        best = header->party[k].name;
    }
    return best;
}

/* Every input of the party is in its object. */
static status check_complete(const data *d, size_t party, const cJSON *object, const char *owner,
                             failure *err)
{
    const char *name = d->header->party[party].name;
    for (size_t i = 0; i < d->header->inputs; i++) {
        const source_port *port = &d->header->input[i];
        if (strcmp(port->party, name) || json_member(object, port->name)) continue;
        fail(err, E_DATA, "D05", "`%s` of %s is missing", port->name, owner);
        json_point(&d->doc[0], object, "", err);
        given_promise(port, err);
        return E_DATA;
    }
    return OK;
}

static status read_object(data *d, size_t party, uint32_t member, const cJSON *object, failure *err)
{
    char owner[OWNER_LENGTH], what[OWNER_LENGTH + 32];
    const char *name = d->header->party[party].name;
    status st;

    data_owner_name(&d->header->party[party], member, owner);
    if (!cJSON_IsObject(object)) {
        fail(err, E_DATA, "D09", "the data of %s should be an object, {\"name\": value}", owner);
        json_point(&d->doc[0], object, "", err);
        return E_DATA;
    }
    for (const cJSON *c = object->child; c; c = c->next) {
        size_t i = input_index(d->header, c->string);
        if (i == SIZE_MAX || strcmp(d->header->input[i].party, name)) {
            snprintf(what, sizeof what, "%s has no input", owner);
            return refuse_unknown(d, c, what, nearest_input(d->header, name, c->string), err);
        }
        given_wanted w = wanted_of(d, i, owner);
        if ((st = given_read(&d->given[i][member], &d->doc[0], c, &w, err))) return st;
    }
    return check_complete(d, party, object, owner, err);
}

static status read_group(data *d, size_t party, const cJSON *array, failure *err)
{
    const char *name = d->header->party[party].name;
    uint32_t member = 0;
    status st;

    if (!cJSON_IsArray(array)) {
        fail(err, E_DATA, "D09", "`%s` is a group: its data should be an array, an object for each",
             name);
        json_point(&d->doc[0], array, "", err);
        return E_DATA;
    }
    if (!array->child) {
        fail(err, E_DATA, "D04", "`%s` has no members", name);
        json_point(&d->doc[0], array, "", err);
        return E_DATA;
    }
    if ((st = make_room(d, party, (size_t)cJSON_GetArraySize(array), err))) return st;
    for (const cJSON *c = array->child; c; c = c->next, member++)
        if ((st = read_object(d, party, member, c, err))) return st;
    return OK;
}

static status read_single(data *d, size_t party, const cJSON *object, failure *err)
{
    status st = make_room(d, party, 1, err);
    return st ? st : read_object(d, party, 0, object, err);
}

/* A party may be left out when it has no inputs. */
static status check_parties(const data *d, failure *err)
{
    for (size_t i = 0; i < d->header->inputs; i++) {
        const source_port *port = &d->header->input[i];
        if (json_member(d->doc[0].root, port->party)) continue;
        fail(err, E_DATA, "D05", "`%s` of %s is missing: %s has no data of %s", port->name,
             port->party, d->file, port->party);
        given_promise(port, err);
        return E_DATA;
    }
    return OK;
}

static status read_all_parties(data *d, failure *err)
{
    const cJSON *root = d->doc[0].root;
    status st;

    if (!cJSON_IsObject(root)) {
        fail(err, E_DATA, "D09", "the data should be an object by party, {\"%s\": …}",
             d->header->parties ? d->header->party[0].name : "party");
        json_point(&d->doc[0], root, "", err);
        return E_DATA;
    }
    for (const cJSON *c = root->child; c; c = c->next) {
        size_t party = data_party_index(d->header, c->string);
        if (party == SIZE_MAX)
            return refuse_unknown(d, c, "the program has no party",
                                  nearest_party(d->header, c->string), err);
        st = d->header->party[party].group ? read_group(d, party, c, err)
                                           : read_single(d, party, c, err);
        if (st) return st;
    }
    return check_parties(d, err);
}

/* The member that "bidder[1]" names; 0 for "bank". False when `as` is neither. */
static bool split_member(const char *as, size_t *length, uint32_t *member)
{
    unsigned index = 0;
    int end = 0;

    *length = strcspn(as, "[");
    *member = 0;
    if (!as[*length]) return true;
    if (as[*length + 1] < '0' || as[*length + 1] > '9') return false;
    if (sscanf(as + *length, "[%6u]%n", &index, &end) != 1 || !end || as[*length + (size_t)end])
        return false;
    *member = index;
    return true;
}

/* How many members a group has is not for one of them to say: its size stays unknown. */
static status read_member(data *d, size_t party, uint32_t member, failure *err)
{
    status st;

    if (!d->header->party[party].group) return read_single(d, party, d->doc[0].root, err);
    if ((st = make_room(d, party, (size_t)member + 1, err))) return st;
    d->members[party] = MEMBERS_UNKNOWN;
    return read_object(d, party, member, d->doc[0].root, err);
}

static status read_one_party(data *d, const char *as, failure *err)
{
    size_t length, party = SIZE_MAX;
    uint32_t member;
    bool formed = split_member(as, &length, &member);

    for (size_t k = 0; formed && k < d->header->parties; k++)
        if (strlen(d->header->party[k].name) == length &&
            !strncmp(d->header->party[k].name, as, length))
            party = k;
    if (party == SIZE_MAX) return fail(err, E_DATA, "D06", "the program has no party `%s`", as);
    if (d->header->party[party].group != (as[length] != 0)) {
        fail(err, E_DATA, "D06", "`%s` is %s", d->header->party[party].name,
             as[length] ? "one party, not a group" : "a group: say which member");
        if (!as[length]) fail_add(err, "help: %s[0] for the first", as);
        return E_DATA;
    }
    return read_member(d, party, member, err);
}

status data_parse(data **out, slice text, const char *file, const char *folder, const char *as,
                  const report *header, failure *err)
{
    data *d = data_new(header, folder, err);
    status st = E_MEMORY;

    if (!d) return st;
    d->file = strdup(file);
    buffer_append(&d->text, text.data, text.len);
    d->doc = calloc(1, sizeof *d->doc);
    if (!d->file || d->text.failed || !d->doc) {
        st = fail_memory(err);
        goto done;
    }
    slice copy = {d->text.data ? d->text.data : (const uint8_t *)"", d->text.len};
    if ((st = json_parse(&d->doc[0], copy, d->file, JSON_SAFE_NUMBERS, err))) goto done;
    d->docs = 1;
    if ((st = as ? read_one_party(d, as, err) : read_all_parties(d, err))) goto done;
    *out = d;
    d = NULL;
done:
    data_free(d);
    return st;
}

/* --- the values of a test */

/* A test gives a group's value as one item a party. */
static status read_test_value(data *d, size_t input, const json *doc, failure *err)
{
    const source_port *port = &d->header->input[input];
    size_t party = data_party_index(d->header, port->party);
    bool group = d->header->party[party].group;
    char owner[OWNER_LENGTH];
    status st;

    if (group && !cJSON_IsArray(doc->root))
        return fail(err, E_DATA, "D04", "`%s` is of a group: give { one per party }", port->name);
    size_t members = group ? (size_t)cJSON_GetArraySize(doc->root) : 1;
    if (!d->given[input] && (st = make_room(d, party, members, err))) return st;
    if (members != d->givens[input])
        return fail(err, E_DATA, "D12", "`%s` has values of %zu parties, another input of %s has %u",
                    port->name, members, port->party, d->givens[input]);
    const cJSON *item = group ? doc->root->child : doc->root;
    for (uint32_t m = 0; m < members; m++, item = item->next) {
        data_owner_name(&d->header->party[party], m, owner);
        given_wanted w = wanted_of(d, input, owner);
        if ((st = given_read(&d->given[input][m], doc, item, &w, err))) return st;
    }
    return OK;
}

status data_of_test(data **out, const test_case *test, const char *file, const report *header,
                    failure *err)
{
    data *d = data_new(header, NULL, err);
    status st = E_MEMORY;

    if (!d) return st;
    d->file = strdup(file);
    d->doc = calloc(test->givens + 1, sizeof *d->doc);
    if (!d->file || !d->doc) {
        st = fail_memory(err);
        goto done;
    }
    for (size_t k = 0; k < test->givens; k++) {
        const test_value *v = &test->given[k];
        size_t input = input_index(header, v->name);
        if (input == SIZE_MAX) continue; /* a param */
        slice text = {(const uint8_t *)v->json, strlen(v->json)};
        if ((st = json_parse(&d->doc[k], text, d->file, JSON_ANY_NUMBERS, err))) goto done;
        d->docs = k + 1;
        if ((st = read_test_value(d, input, &d->doc[k], err))) goto done;
    }
    st = OK;
    *out = d;
    d = NULL;
done:
    data_free(d);
    return st;
}

/* --- filling a run */

static status check_dims(const given *v, const port_decl *port, const given_wanted *w, failure *err)
{
    for (unsigned axis = 0; axis < port->rank; axis++) {
        bool open = port->open && axis + 1 == port->rank;
        uint64_t found = v->dim[axis], wanted = port->dim[axis];
        if (found == DIM_ANY || found == wanted || (open && found < wanted)) continue;
        if (open)
            fail(err, E_DATA, "D13", "`%s` has %llu items, more than the %llu promised", port->name,
                 (unsigned long long)found, (unsigned long long)wanted);
        else
            fail(err, E_DATA, "D04", "`%s` has %llu %s where the program wants %llu", port->name,
                 (unsigned long long)found, axis ? "columns" : "rows", (unsigned long long)wanted);
        given_point_whole(v, w, err);
        given_promise(w->port, err);
        return E_DATA;
    }
    return OK;
}

/* By how many bits numbers of this kind are scaled. */
static unsigned fraction(const program *p, const port_decl *port)
{
    return port->kind == KIND_FIX ? p->precision : 0;
}

static status check_range(const given *v, const program *p, const port_decl *port,
                          const given_wanted *w, failure *err)
{
    char shown[WIDE_TEXT], lo[WIDE_TEXT], hi[WIDE_TEXT];
    const unsigned f = fraction(p, port);
    size_t k = plain_outside(&v->v, port->lo, port->hi);
    if (k == v->v.len) return OK;
    plain_print(&v->v, k, f, shown);
    wide_print_fix(port->lo, f, lo);
    wide_print_fix(port->hi, f, hi);
    fail(err, E_DATA, "D02", "%s is outside %s..%s", shown, w->port->lo ? w->port->lo : lo,
         w->port->hi ? w->port->hi : hi);
    given_point(v, k, w, err);
    given_promise(w->port, err);
    return E_DATA;
}

/* Keys are as wide as the program wants them. */
static void cut_keys(const port_decl *port, plain *items)
{
    for (size_t k = 0; port->kind == KIND_KEY && k < items->len; k++) {
        uint64_t *words = item_words(items->v, k, items->extra); /* a key is in the lowest two */
        num key;
        memcpy(&key, words, sizeof key);
        key = key_cut(key, wide_num(port->hi));
        memcpy(words, &key, sizeof key);
    }
}

/* Data of one member alone: the group must have it. */
static status check_last_member(const data *d, const program *p, uint32_t party, failure *err)
{
    for (uint32_t i = 0; i < p->inputs; i++)
        if (p->input[i].party == party && d->givens[i] > p->party[party].size)
            return fail(err, E_DATA, "D04", "there is no %s[%u]: the program wants %u",
                        p->party[party].name, d->givens[i] - 1, p->party[party].size);
    return OK;
}

static status check_members(const data *d, const program *p, uint32_t party, failure *err)
{
    uint32_t found = d->members[party], wanted = p->party[party].size;
    if (found == MEMBERS_UNKNOWN) return check_last_member(d, p, party, err);
    if (found == wanted) return OK;
    fail(err, E_DATA, "D04", "the data have %u of %s, the program wants %u", found,
         p->party[party].name, wanted);
    fail_add(err, "   --> %s", d->file);
    return E_DATA;
}

static bool uses_input(const program *p, uint32_t input)
{
    for (uint32_t b = 0; b < p->blocks; b++)
        for (uint32_t i = 0; i < p->block[b].len; i++) {
            const instr *in = &p->block[b].code[i];
            for (uint32_t l = 0; in->op == OP_INPUT && l < in->lanes; l++)
                if (in->lane[l].imm[0] == (int64_t)input) return true;
        }
    return false;
}

static status fill_input(const data *d, const program *p, uint32_t input, run_data *run, failure *err)
{
    const port_decl *port = &p->input[input];
    char owner[OWNER_LENGTH];
    status st;

    for (uint32_t m = 0; m < d->givens[input]; m++) {
        const given *v = &d->given[input][m];
        data_owner_name(&d->header->party[port->party], m, owner);
        given_wanted w = wanted_of(d, input, owner);
        if (!v->doc) continue;
        if ((st = check_dims(v, port, &w, err))) return st;
        if (port->kind != KIND_KEY && (st = check_range(v, p, port, &w, err))) return st;
        if ((st = plain_convert(&run->input[input][m], &v->v, p->extra, err))) return st;
        cut_keys(port, &run->input[input][m]);
    }
    return OK;
}

status data_fill(const data *d, const program *p, run_data *run, failure *err)
{
    status st;
    for (uint32_t k = 0; k < p->parties; k++)
        if ((st = check_members(d, p, k, err))) return st;
    for (uint32_t i = 0; i < p->inputs; i++)
        if ((st = fill_input(d, p, i, run, err))) return st;
    return OK;
}

status data_check_used(const data *d, const program *p, failure *err)
{
    for (uint32_t i = 0; i < p->inputs; i++)
        if (!d->givens[i] && uses_input(p, i))
            return fail(err, E_DATA, "D05", "`%s` has no value, and the program uses it",
                        p->input[i].name);
    return OK;
}

/* --- what the owner sees */

static void describe_shape(const given *v, buffer *out)
{
    for (unsigned k = 0; k < v->rank; k++)
        buffer_printf(out, "%s%llu", k ? " x " : "",
                      (unsigned long long)(v->dim[k] == DIM_ANY ? 0 : v->dim[k]));
    if (v->rank == 0) buffer_printf(out, "1");
}

static void describe_range(const program *p, const port_decl *port, const plain *items, buffer *out)
{
    char lo[WIDE_TEXT], hi[WIDE_TEXT];
    const unsigned f = fraction(p, port);
    size_t least = 0, most = 0;
    for (size_t k = 1; k < items->len; k++) {
        if (plain_compare(items, k, least) < 0) least = k;
        if (plain_compare(items, k, most) > 0) most = k;
    }
    buffer_printf(out, "  min %s  max %s", plain_print(items, least, f, lo),
                  plain_print(items, most, f, hi));
}

/* Of keys what their owner may have overlooked: the same one twice. */
static void describe_keys(const plain *items, buffer *out)
{
    size_t differing;
    plain keys = {0};
    if (plain_convert(&keys, items, 0, NULL) || keys_differing(keys.v, keys.len, &differing, NULL))
        out->failed = true;
    else
        buffer_printf(out, "  %zu different", differing);
    plain_free(&keys);
}

static void describe_value(const program *p, const port_decl *port, const given *v,
                           const plain *items, buffer *out)
{
    buffer_printf(out, "%s  ", port->name);
    describe_shape(v, out);
    if (port->kind == KIND_KEY)
        describe_keys(items, out);
    else if (items->len)
        describe_range(p, port, items, out);
    buffer_printf(out, "  from %s\n", v->path ? v->path : v->doc->file);
}

void data_describe(const data *d, const program *p, const run_data *run, uint32_t party,
                   uint32_t member, buffer *out)
{
    for (uint32_t i = 0; i < p->inputs; i++) {
        if (p->input[i].party != party || member >= d->givens[i] || !run->input[i][member].v)
            continue;
        describe_value(p, &p->input[i], &d->given[i][member], &run->input[i][member], out);
    }
}

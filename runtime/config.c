/* Reads parties.json. Every object has a table of the keys it may have; what is not in the table is refused
 * with the nearest name that is. */
#include "runtime/config.h"

#include "runtime/json.h"
#include "runtime/nearest.h"
#include "runtime/secret_key.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEFAULT_TIMEOUT_MS = 30000, VERSION = 1, NAMES_SHOWN = NODES_MAX };

typedef struct reader {
    config_kind kind;
    json j;
    config_party *entry; /* nodes and owners as they stand in the file */
    size_t entries;
    parties_config *out;
    failure *err;
} reader;

/* A key of an object and who reads its value. */
typedef struct key {
    const char *name;
    status (*read)(reader *r, const cJSON *v, void *into);
} key;

/* Fails with the sentence and the place of v. */
__attribute__((format(printf, 3, 4))) static status refuse(reader *r, const cJSON *v,
                                                           const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fail(r->err, E_CONFIG, "N02", "%s", text);
    json_point(&r->j, v, "", r->err);
    return E_CONFIG;
}

static void add_nearest(reader *r, const key *keys, const char *name)
{
    const char *best = NULL;
    size_t distance = SIZE_MAX;

    for (const key *k = keys; k->name; k++) {
        size_t d = name_distance(name, k->name);
        if (d < distance) distance = d, best = k->name;
    }
    if (best) fail_add(r->err, "help: did you mean \"%s\"?", best);
}

static status read_object(reader *r, const cJSON *object, const key *keys, void *into)
{
    if (!cJSON_IsObject(object))
        return refuse(r, object, "%s must be an object", object->string ? object->string : "this");
    for (const cJSON *v = object->child; v; v = v->next) {
        const key *k = keys;
        status st;
        while (k->name && strcmp(k->name, v->string) != 0) k++;
        if (!k->name) {
            fail(r->err, E_CONFIG, "N02", "\"%s\" is no key of a parties file here", v->string);
            json_point_name(&r->j, v, "", r->err);
            add_nearest(r, keys, v->string);
            return E_CONFIG;
        }
        if ((st = k->read(r, v, into))) return st;
    }
    return OK;
}

/* --- values */

static char *keep(reader *r, const char *s)
{
    return arena_strndup(&r->out->mem, s, strlen(s));
}

static status read_text(reader *r, const cJSON *v, const char **into)
{
    if (!cJSON_IsString(v) || !*v->valuestring)
        return refuse(r, v, "\"%s\" must be text", v->string);
    *into = keep(r, v->valuestring);
    return OK;
}

static status read_count(reader *r, const cJSON *v, uint64_t *into)
{
    slice token = json_token(&r->j, v);
    num n;

    if (!cJSON_IsNumber(v) || !num_parse((const char *)token.data, token.len, &n) || n < 1 ||
        n > INT64_MAX)
        return refuse(r, v, "\"%s\" must be a whole number of at least 1", v->string);
    *into = (uint64_t)n;
    return OK;
}

typedef struct unit {
    const char *name;
    uint64_t value;
} unit;

/* A whole number followed by one of the units: "30s", "2GB". */
static status read_measure(reader *r, const cJSON *v, const unit *units, const char *hint,
                           uint64_t *into)
{
    char *end = NULL;
    const char *text = cJSON_IsString(v) ? v->valuestring : "";
    unsigned long long number = *text >= '1' && *text <= '9' ? strtoull(text, &end, 10) : 0;

    for (const unit *u = units; number && u->name; u++)
        if (strcmp(end, u->name) == 0 && number <= INT64_MAX / u->value) {
            *into = number * u->value;
            return OK;
        }
    return refuse(r, v, "\"%s\" must be %s", v->string, hint);
}

static status read_duration(reader *r, const cJSON *v, unsigned *into)
{
    static const unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {NULL, 0}};
    static const char hint[] = "a time such as \"30s\", \"10m\" or \"500ms\"";
    uint64_t ms = 0;
    status st = read_measure(r, v, units, hint, &ms);

    if (st) return st;
    if (ms > INT32_MAX) return refuse(r, v, "\"%s\" is longer than 24 days", v->string);
    *into = (unsigned)ms;
    return OK;
}

static bool is_name(const char *s)
{
    if (*s < 'a' || *s > 'z') return false;
    return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* --- the entry of a party */

static status read_name(reader *r, const cJSON *v, void *into)
{
    config_party *party = into;
    status st = read_text(r, v, &party->name);

    if (st) return st;
    if (!is_name(party->name))
        return refuse(r, v, "the name \"%s\" must be small letters, digits and '-', a letter first",
                      party->name);
    for (size_t k = 0; k < r->entries; k++)
        if (strcmp(r->entry[k].name, party->name) == 0)
            return refuse(r, v, "two parties are called \"%s\"", party->name);
    return OK;
}

/* What json_point says of v, kept for messages that come when the program is known. */
static const char *keep_place(reader *r, const cJSON *v)
{
    failure where = {0};

    json_point(&r->j, v, "", &where);
    return keep(r, where.text + (where.text[0] == '\n'));
}

/* Of many with one role the place of the first serves all: to find one takes as long as the file is. */
static status read_role(reader *r, const cJSON *v, void *into)
{
    config_party *party = into;
    status st = read_text(r, v, &party->role);

    for (size_t k = 0; !st && k < r->entries; k++)
        if (r->entry[k].role && !strcmp(r->entry[k].role, party->role)) {
            party->role_place = r->entry[k].role_place;
            return OK;
        }
    if (!st) party->role_place = keep_place(r, v);
    return st;
}

/* "tcp://HOST:PORT"; whether the host is there shows later. */
static bool is_address(const char *s)
{
    const char *host = s + strlen("tcp://"), *colon = strrchr(s, ':');
    char *end;
    unsigned long port;

    if (strncmp(s, "tcp://", strlen("tcp://")) != 0 || !colon || colon <= host) return false;
    if (colon[1] < '1' || colon[1] > '9') return false;
    port = strtoul(colon + 1, &end, 10);
    return !*end && port <= UINT16_MAX;
}

static status read_address(reader *r, const cJSON *v, void *into)
{
    config_party *party = into;
    status st = read_text(r, v, &party->address);

    if (st || is_address(party->address)) return st;
    return refuse(r, v, "\"%s\" must be like \"tcp://10.0.1.5:7001\": a host and a port", v->string);
}

static status read_public_key(reader *r, const cJSON *v, void *into)
{
    config_party *party = into;
    status st = read_text(r, v, &party->public_key);

    if (st) return st;
    if (!key_is_text(party->public_key))
        return refuse(r, v, "\"%s\" must be the 40 characters that `moot keygen` wrote to NAME.pub",
                      v->string);
    for (size_t k = 0; k < r->entries; k++)
        if (strcmp(r->entry[k].public_key, party->public_key) == 0)
            return refuse(r, v, "\"%s\" is another party's too", v->string);
    return OK;
}

static const key party_keys[] = {{"name", read_name},
                                 {"role", read_role},
                                 {"address", read_address},
                                 {"public_key", read_public_key},
                                 {NULL, NULL}};
static const key node_keys[] = {
    {"name", read_name}, {"address", read_address}, {"public_key", read_public_key}, {NULL, NULL}};

/* Owners need nodes that stay up: only a session of those may have any. */
static status check_address(reader *r, const cJSON *v, const config_party *party)
{
    if (party->address) return OK;
    if (r->kind == CONFIG_NODES)
        return refuse(r, v, "the node \"%s\" has no \"address\"", party->name);
    if (r->kind == CONFIG_PARTIES) {
        refuse(r, v, "\"%s\" has no \"address\": it only submits, and that takes nodes that stay up",
               party->name);
        fail_add(r->err, "help: moot serve at the nodes, moot submit at \"%s\"", party->name);
        return E_CONFIG;
    }
    if (!party->role && r->kind == CONFIG_SESSION)
        return refuse(r, v, "\"%s\" has neither an \"address\" nor a \"role\"", party->name);
    return OK;
}

static status read_party(reader *r, const cJSON *v)
{
    config_party *party = &r->entry[r->entries];
    status st = read_object(r, v, r->kind == CONFIG_NODES ? node_keys : party_keys, party);

    if (st) return st;
    if (!party->name) return refuse(r, v, "a party has no \"%s\"", "name");
    if (!party->public_key) return refuse(r, v, "\"%s\" has no \"public_key\"", party->name);
    party->order = r->entries++;
    return check_address(r, v, party);
}

/* Nodes and owners, each in the order of the file. */
static void part_entries(reader *r)
{
    parties_config *c = r->out;

    c->party = arena_alloc(&c->mem, r->entries * sizeof *c->party);
    c->owner = arena_alloc(&c->mem, r->entries * sizeof *c->owner);
    for (size_t k = 0; k < r->entries; k++)
        if (r->entry[k].address)
            c->party[c->parties++] = r->entry[k];
        else
            c->owner[c->owners++] = r->entry[k];
}

static status check_numbers(reader *r, const cJSON *v)
{
    const parties_config *c = r->out;

    if (c->owners > OWNERS_MAX)
        return refuse(r, v, "%zu owners submit, and there may be %d", c->owners, OWNERS_MAX);
    if (c->parties >= NODES_MIN && c->parties <= NODES_MAX) return OK;
    return refuse(r, v, "\"%s\" must be a list of 3 to 31%s", v->string,
                  c->owners ? " with an \"address\", besides the owners who submit" : "");
}

static status read_parties(reader *r, const cJSON *v, void *into)
{
    size_t count = cJSON_IsArray(v) ? (size_t)cJSON_GetArraySize(v) : 0;
    status st;

    (void)into;
    if (count < NODES_MIN || count > NODES_MAX + OWNERS_MAX)
        return refuse(r, v, "\"%s\" must be a list of 3 to 31", v->string);
    r->out->place = keep_place(r, v);
    r->entry = arena_alloc(&r->out->mem, count * sizeof *r->entry);
    for (const cJSON *p = v->child; p; p = p->next)
        if ((st = read_party(r, p))) return st;
    part_entries(r);
    return check_numbers(r, v);
}

/* --- what is collected */

/* "2026-12-01T12:00:00Z": what is no such day or hour comes back otherwise. */
static status read_deadline(reader *r, const cJSON *v, void *into)
{
    config_collect *c = into;
    status st = read_text(r, v, &c->deadline_text);
    struct tm at = {0};
    char again[32];
    bool read;

    if (st) return st;
    read = sscanf(c->deadline_text, "%4d-%2d-%2dT%2d:%2d:%2dZ", &at.tm_year, &at.tm_mon,
                  &at.tm_mday, &at.tm_hour, &at.tm_min, &at.tm_sec) == 6;
    at.tm_year -= 1900, at.tm_mon -= 1;
    c->deadline = (int64_t)timegm(&at);
    if (!read || !strftime(again, sizeof again, "%Y-%m-%dT%H:%M:%SZ", &at) ||
        strcmp(again, c->deadline_text) != 0)
        return refuse(r, v, "\"%s\" must be a time such as \"2026-12-01T12:00:00Z\"", v->string);
    return OK;
}

static status read_minimum(reader *r, const cJSON *v, void *into)
{
    return read_count(r, v, &((config_collect *)into)->minimum);
}

static status read_again(reader *r, const cJSON *v, void *into)
{
    const char *again = NULL;
    status st = read_text(r, v, &again);

    if (st) return st;
    if (strcmp(again, "refuse") != 0 && strcmp(again, "replace") != 0)
        return refuse(r, v, "\"%s\" must be \"refuse\" or \"replace\"", v->string);
    ((config_collect *)into)->replaces = strcmp(again, "replace") == 0;
    return OK;
}

static const key collect_keys[] = {
    {"deadline", read_deadline}, {"minimum", read_minimum}, {"again", read_again}, {NULL, NULL}};

static status read_collect(reader *r, const cJSON *v, void *into)
{
    config_collect *c = &r->out->collect;
    status st = read_object(r, v, collect_keys, c);

    (void)into;
    if (st) return st;
    if (!c->deadline_text != !c->minimum)
        return refuse(
            r, v, "\"deadline\" and \"minimum\" go together: so many must have submitted by then");
    return OK;
}

/* --- limits */

static status read_max_rounds(reader *r, const cJSON *v, void *into)
{
    (void)into;
    return read_count(r, v, &r->out->max_rounds);
}

static status read_max_bytes(reader *r, const cJSON *v, void *into)
{
    static const unit units[] = {{"", 1},         {"B", 1},           {"kB", 1000},
                                 {"MB", 1000000}, {"GB", 1000000000}, {"TB", 1000000000000},
                                 {NULL, 0}};

    (void)into;
    if (cJSON_IsNumber(v)) return read_count(r, v, &r->out->max_bytes);
    return read_measure(r, v, units, "a size such as \"2GB\" or \"500MB\"", &r->out->max_bytes);
}

static status read_peer_timeout(reader *r, const cJSON *v, void *into)
{
    (void)into;
    return read_duration(r, v, &r->out->peer_timeout_ms);
}

static status read_start_timeout(reader *r, const cJSON *v, void *into)
{
    (void)into;
    return read_duration(r, v, &r->out->start_timeout_ms);
}

static const key limit_keys[] = {{"max_rounds", read_max_rounds},
                                 {"max_bytes", read_max_bytes},
                                 {"peer_timeout", read_peer_timeout},
                                 {"start_timeout", read_start_timeout},
                                 {NULL, NULL}};

static status read_limits(reader *r, const cJSON *v, void *into)
{
    return read_object(r, v, limit_keys, into);
}

/* --- the file */

static status read_version(reader *r, const cJSON *v, void *into)
{
    uint64_t version = 0;
    status st = read_count(r, v, &version);

    (void)into;
    if (st) return st;
    return version == VERSION
               ? OK
               : refuse(r, v, "\"%s\" must be 1, the only version there is", v->string);
}

static status read_program(reader *r, const cJSON *v, void *into)
{
    (void)into;
    return read_text(r, v, &r->out->program);
}

static status read_session(reader *r, const cJSON *v, void *into)
{
    (void)into;
    return read_text(r, v, &r->out->session);
}

static status read_security(reader *r, const cJSON *v, void *into)
{
    status st = read_text(r, v, &r->out->security);

    (void)into;
    if (st) return st;
    if (strcmp(r->out->security, "active") != 0 && strcmp(r->out->security, "passive") != 0)
        return refuse(r, v, "\"%s\" must be \"passive\" or \"active\"", v->string);
    return OK;
}

static status read_threshold(reader *r, const cJSON *v, void *into)
{
    uint64_t t = 0;
    status st = read_count(r, v, &t);

    (void)into;
    if (st) return st;
    if (t > NODES_MAX) return refuse(r, v, "\"%s\" must be less than half of the nodes", v->string);
    r->out->threshold = (unsigned)t;
    return OK;
}

static status read_params(reader *r, const cJSON *v, void *into)
{
    size_t count = 0;

    (void)into;
    if (!cJSON_IsObject(v)) return refuse(r, v, "\"%s\" must be an object of numbers", v->string);
    r->out->set = arena_alloc(&r->out->mem, (size_t)cJSON_GetArraySize(v) * sizeof *r->out->set);
    for (const cJSON *p = v->child; p; p = p->next) {
        slice token = json_token(&r->j, p);
        if (!cJSON_IsNumber(p)) return refuse(r, p, "the param \"%s\" must be a number", p->string);
        r->out->set[count].name = keep(r, p->string);
        r->out->set[count++].value =
            arena_strndup(&r->out->mem, (const char *)token.data, token.len);
    }
    r->out->sets = count;
    return OK;
}

static const key file_keys[] = {
    {"version", read_version},     {"program", read_program},   {"session", read_session},
    {"threshold", read_threshold}, {"security", read_security}, {"params", read_params},
    {"parties", read_parties},     {"limits", read_limits},     {NULL, NULL}};

static const key session_keys[] = {{"version", read_version},   {"program", read_program},
                                   {"session", read_session},   {"threshold", read_threshold},
                                   {"security", read_security}, {"params", read_params},
                                   {"parties", read_parties},   {"limits", read_limits},
                                   {"collect", read_collect},   {NULL, NULL}};

static const key nodes_file_keys[] = {
    {"version", read_version}, {"parties", read_parties}, {"limits", read_limits}, {NULL, NULL}};

static const key *keys_of(config_kind sort)
{
    if (sort == CONFIG_NODES) return nodes_file_keys;
    return sort == CONFIG_PARTIES ? file_keys : session_keys;
}

static status check_collect(reader *r)
{
    const parties_config *c = r->out;
    const cJSON *v = json_member(r->j.root, "collect");

    if (v && !c->owners)
        return refuse(r, v, "\"collect\" is for owners who submit, and all here have an \"address\"");
    if (c->collect.minimum > c->owners)
        return refuse(r, v, "\"minimum\" is %" PRIu64 ", and %zu owners submit", c->collect.minimum,
                      c->owners);
    return OK;
}

/* What only shows when all has been read. */
static status check_whole(reader *r)
{
    parties_config *c = r->out;
    unsigned most;

    if (!json_member(r->j.root, "version"))
        return refuse(r, r->j.root, "\"%s\" is missing", "version");
    if ((r->kind == CONFIG_PARTIES || r->kind == CONFIG_SESSION) && !c->session)
        return refuse(r, r->j.root, "\"%s\" is missing", "session");
    if (!c->party) return refuse(r, r->j.root, "\"%s\" is missing", "parties");
    most = (unsigned)(c->parties - 1) / 2;
    if (c->threshold > most)
        return refuse(r, json_member(r->j.root, "threshold"),
                      "threshold %u does not go with %zu nodes: it must be less than half of them, "
                      "so at most %u",
                      c->threshold, c->parties, most);
    if (!c->threshold) c->threshold = most;
    c->names_security = c->security != NULL;
    if (!c->security) c->security = "active";
    if (!c->peer_timeout_ms) c->peer_timeout_ms = DEFAULT_TIMEOUT_MS;
    if (!c->start_timeout_ms) c->start_timeout_ms = c->peer_timeout_ms;
    return check_collect(r);
}

status config_parse(parties_config *out, config_kind sort, slice text, const char *file, failure *err)
{
    failure none;
    reader r = {.kind = sort, .out = out, .err = err ? err : &none};
    jmp_buf oom;
    status st;

    *out = (parties_config){0};
    if (json_parse(&r.j, text, file, JSON_ANY_NUMBERS, r.err)) {
        if (r.err->status == E_DATA) r.err->status = E_CONFIG;
        return r.err->status;
    }
    out->mem.oom = &oom;
    if (setjmp(oom)) {
        st = fail_memory(err);
    } else {
        st = read_object(&r, r.j.root, keys_of(sort), NULL);
        if (!st) st = check_whole(&r);
    }
    json_free(&r.j);
    out->mem.oom = NULL;
    return st;
}

void config_free(parties_config *c)
{
    arena_free(&c->mem);
    *c = (parties_config){0};
}

/* --- using it */

/* "note: it has "bank", "telco", "aid"" */
static void list_names(const parties_config *c, failure *err)
{
    buffer text = {0};
    char *names;

    for (unsigned k = 0; k < c->parties + c->owners && k < NAMES_SHOWN; k++)
        buffer_printf(&text, "%s\"%s\"", k ? ", " : "", config_entry(c, k)->name);
    if (c->parties + c->owners > NAMES_SHOWN) buffer_printf(&text, ", …");
    if ((names = buffer_take(&text))) fail_add(err, "note: it has %s", names);
    free(names);
}

const config_party *config_entry(const parties_config *c, unsigned number)
{
    return number < c->parties ? &c->party[number] : &c->owner[number - c->parties];
}

status config_find(const parties_config *c, const char *name, unsigned *member, failure *err)
{
    for (unsigned k = 0; k < c->parties + c->owners; k++)
        if (strcmp(config_entry(c, k)->name, name) == 0) {
            *member = k;
            return OK;
        }
    fail(err, E_CONFIG, "N02", "no party of the file is called \"%s\"", name);
    list_names(c, err);
    return E_CONFIG;
}

/* Of the entries before this place of the file. */
static uint32_t count_before(const parties_config *c, const char *role, size_t end)
{
    uint32_t count = 0;

    for (unsigned k = 0; k < c->parties + c->owners; k++) {
        const config_party *entry = config_entry(c, k);
        count += entry->order < end && entry->role && strcmp(entry->role, role) == 0;
    }
    return count;
}

uint32_t config_count(const parties_config *c, const char *role)
{
    return count_before(c, role, SIZE_MAX);
}

uint32_t config_member(const parties_config *c, const config_party *entry)
{
    return count_before(c, entry->role, entry->order);
}

/* The entries of one role by their place in the file, which is how members are numbered. */
typedef struct placed {
    size_t order;
    unsigned number;
} placed;

static int by_order(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

static status count_differs(const parties_config *c, const party_decl *party, uint32_t size,
                            uint32_t found, failure *err)
{
    fail(err, E_CONFIG, "N02",
         "the program has %" PRIu32 " of the party `%s`, and the parties file %" PRIu32
         " with \"role\":\"%s\"",
         size, party->name, found, party->name);
    fail_add(err, "%s", c->place);
    return E_CONFIG;
}

/* Gives the entries of one role to the members of party i of the program. */
static status place_role(const parties_config *c, const program *p, uint32_t i, launch *l,
                         failure *err)
{
    const party_decl *party = &p->party[i];
    placed *entry = calloc(c->parties + c->owners, sizeof *entry);
    uint32_t size = party_members(p, i), found = 0;

    if (!entry) return fail_memory(err);
    for (unsigned k = 0; k < c->parties + c->owners; k++) {
        const config_party *e = config_entry(c, k);
        if (e->role && !strcmp(e->role, party->name)) entry[found++] = (placed){e->order, k};
    }
    qsort(entry, found, sizeof *entry, by_order);
    for (uint32_t k = 0; k < found && k < size; k++) l->home[i][k] = entry[k].number;
    free(entry);
    return found == size ? OK : count_differs(c, party, size, found, err);
}

static status check_role(const config_party *entry, const char *const *name, size_t names,
                         failure *err)
{
    const char *best = NULL;
    size_t least = SIZE_MAX;

    for (size_t i = 0; entry->role && i < names; i++) {
        size_t distance = name_distance(entry->role, name[i]);
        if (distance == 0) return OK;
        if (distance < least) least = distance, best = name[i];
    }
    if (!entry->role) return OK;
    fail(err, E_CONFIG, "N02", "\"%s\" has the role \"%s\", which is no party of the program",
         entry->name, entry->role);
    fail_add(err, "%s", entry->role_place);
    if (best) fail_add(err, "help: did you mean \"%s\"?", best);
    return E_CONFIG;
}

status config_check_roles(const parties_config *c, const char *const *name, size_t names,
                          failure *err)
{
    status st;

    for (unsigned k = 0; k < c->parties + c->owners; k++)
        if ((st = check_role(config_entry(c, k), name, names, err))) return st;
    for (size_t i = 0; i < names; i++) {
        if (config_count(c, name[i])) continue;
        fail(err, E_CONFIG, "N02",
             "the program has the party `%s`, and nobody in the parties file has \"role\":\"%s\"",
             name[i], name[i]);
        fail_add(err, "%s", c->place);
        return E_CONFIG;
    }
    return OK;
}

static const param_decl *param_of(const program *p, const char *name)
{
    for (uint32_t i = 0; i < p->params; i++)
        if (!strcmp(p->param[i].name, name)) return &p->param[i];
    return NULL;
}

static bool has_value(const program *p, const param_decl *param, const char *text)
{
    const bool fix = param->kind == KIND_FIX;
    uint64_t said[WIDE_LIMBS], is[WIDE_LIMBS];

    wide_put(is, WIDE_LIMBS, param->value);
    return wide_parse_words(text, strlen(text), fix, fix ? p->precision : 0, said) &&
           !memcmp(said, is, sizeof is);
}

status config_check_params(const parties_config *c, const program *p, failure *err)
{
    char number[WIDE_TEXT];

    for (size_t k = 0; k < c->sets; k++) {
        const param_decl *param = param_of(p, c->set[k].name);
        if (!param)
            return fail(err, E_CONFIG, "N02",
                        "the parties file gives the param `%s`, which the program does not have",
                        c->set[k].name);
        if (has_value(p, param, c->set[k].value)) continue;
        return fail(err, E_CONFIG, "N02",
                    "the parties file gives the param `%s` the value %s, and the program was "
                    "compiled with %s",
                    param->name, c->set[k].value,
                    wide_print_fix(param->value, param->kind == KIND_FIX ? p->precision : 0, number));
    }
    return OK;
}

static bool copy_names(const parties_config *c, launch *l)
{
    for (unsigned k = 0; k < c->parties + c->owners; k++)
        if (!(l->name[k] = strdup(config_entry(c, k)->name))) return false;
    return true;
}

status config_launch(const parties_config *c, const program *p, launch **out, failure *err)
{
    launch *l = NULL;
    const char **name = calloc(p->parties + 1, sizeof *name);
    status st;

    if (!name) return fail_memory(err);
    st = launch_new(&l, p, (unsigned)c->parties, (unsigned)c->parties, c->threshold, err);

    if (!st && c->owners) st = launch_add_absent(l, (unsigned)c->owners, err);
    for (uint32_t i = 0; i < p->parties; i++) name[i] = p->party[i].name;
    if (!st) st = config_check_roles(c, name, p->parties, err);
    for (uint32_t i = 0; i < p->parties && !st; i++) st = place_role(c, p, i, l, err);
    if (!st && !copy_names(c, l)) st = fail_memory(err);
    if (!st) st = launch_choose_security(l, strcmp(c->security, "active") == 0, err);
    free(name);
    if (st) {
        launch_free(l);
        return st;
    }
    *out = l;
    return OK;
}

/* --- what files must have alike */

static void put_text(buffer *out, const char *text)
{
    buffer_printf(out, "%zu:%s", text ? strlen(text) : 0, text ? text : "");
}

static void put_number(buffer *out, uint64_t number)
{
    buffer_printf(out, "%" PRIu64 ";", number);
}

static void put_collect(buffer *out, const config_collect *c)
{
    put_text(out, c->deadline_text);
    put_number(out, c->minimum), put_number(out, c->replaces);
}

status config_hash(const parties_config *c, uint8_t out[CONFIG_HASH], failure *err)
{
    buffer text = {0};
    bool failed;

    put_text(&text, c->session), put_text(&text, c->program), put_text(&text, c->security);
    put_number(&text, c->threshold), put_number(&text, c->max_rounds);
    put_number(&text, c->max_bytes), put_number(&text, c->peer_timeout_ms);
    put_number(&text, c->start_timeout_ms), put_number(&text, c->sets);
    for (size_t k = 0; k < c->sets; k++)
        put_text(&text, c->set[k].name), put_text(&text, c->set[k].value);
    put_number(&text, c->parties), put_number(&text, c->owners);
    for (unsigned k = 0; k < c->parties + c->owners; k++) {
        const config_party *p = config_entry(c, k);
        put_text(&text, p->name), put_text(&text, p->role), put_text(&text, p->public_key);
        put_number(&text, p->order);
    }
    put_collect(&text, &c->collect);
    failed = text.failed;
    if (!failed) SHA256(text.data, text.len, out);
    buffer_free(&text);
    return failed ? fail_memory(err) : OK;
}

status config_with(const parties_config *c, const uint8_t *chosen, parties_config *out,
                   config_party **owner, failure *err)
{
    if (!(*owner = calloc(c->owners + 1, sizeof **owner))) return fail_memory(err);
    *out = *c;
    out->owner = *owner, out->owners = 0;
    for (size_t k = 0; k < c->owners; k++)
        if (owner_chosen(chosen, k)) out->owner[out->owners++] = c->owner[k];
    return OK;
}

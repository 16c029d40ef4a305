/* Settings from three places (the parties file, the user, the sizes of groups), and the load that follows. */
#include "runtime/deploy.h"

#include "runtime/node.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AS_TEXT = 300, NUMBER_TEXT = 16 };

/* --- settings */

typedef struct settings {
    setting *set;
    size_t sets;
    char (*size)[NUMBER_TEXT]; /* of groups, as text */
} settings;

static const setting *find(const settings *s, const char *name)
{
    for (size_t k = 0; k < s->sets; k++)
        if (!strcmp(s->set[k].name, name)) return &s->set[k];
    return NULL;
}

/* What the user sets besides; twice is fine when it is the same. */
static status add_users(settings *s, const deploy_request *req, failure *err)
{
    for (size_t k = 0; k < req->source.sets; k++) {
        const setting *own = &req->source.set[k], *given = find(s, own->name);
        if (!given)
            s->set[s->sets++] = *own;
        else if (strcmp(given->value, own->value) != 0)
            return fail(err, E_CONFIG, "N01", "`%s` is %s in the parties file and %s in --set",
                        own->name, given->value, own->value);
    }
    return OK;
}

/* A group is as large as the file says, unless its size was set: then the launch finds the difference. */
static void add_groups(settings *s, const deploy_request *req, const report *header)
{
    for (size_t k = 0; k < header->parties; k++) {
        const source_party *party = &header->party[k];
        if (!party->group || !party->size.name || find(s, party->size.name)) continue;
        snprintf(s->size[k], NUMBER_TEXT, "%" PRIu32, config_count(req->config, party->name));
        s->set[s->sets++] = (setting){.name = party->size.name, .value = s->size[k]};
    }
}

static status check_roles(const deploy_request *req, const report *header, failure *err)
{
    const char **name = calloc(header->parties + 1, sizeof *name);
    status st;

    if (!name) return fail_memory(err);
    for (size_t k = 0; k < header->parties; k++) name[k] = header->party[k].name;
    st = config_check_roles(req->config, name, header->parties, err);
    free(name);
    return st;
}

static status make_settings(settings *s, const deploy_request *req, const report *header,
                            failure *err)
{
    const parties_config *c = req->config;
    status st;

    s->set = calloc(c->sets + req->source.sets + header->parties + 1, sizeof *s->set);
    s->size = calloc(header->parties + 1, sizeof *s->size);
    if (!s->set || !s->size) return fail_memory(err);
    for (size_t k = 0; k < c->sets; k++) s->set[s->sets++] = c->set[k];
    if ((st = add_users(s, req, err))) return st;
    add_groups(s, req, header);
    return OK;
}

/* --- the party's own data */

static bool gives_inputs(const report *header, const char *role)
{
    for (size_t i = 0; role && i < header->inputs; i++)
        if (!strcmp(header->input[i].party, role)) return true;
    return false;
}

/* "bank", or "bidder[1]" of a group. */
static const char *own_name(const deploy_request *req, const report *header, char out[AS_TEXT])
{
    const config_party *own = config_entry(req->config, req->self);

    snprintf(out, AS_TEXT, "%s", own->role);
    for (size_t k = 0; k < header->parties; k++)
        if (!strcmp(header->party[k].name, own->role) && header->party[k].group)
            snprintf(out, AS_TEXT, "%s[%" PRIu32 "]", own->role, config_member(req->config, own));
    return out;
}

static status check_data(const deploy_request *req, const report *header, failure *err)
{
    const config_party *own = config_entry(req->config, req->self);

    if (req->json.data && !own->role)
        return fail(err, E_USAGE, "",
                    "\"%s\" is a helper: it has no role in the program and no data", own->name);
    if (req->bare || req->json.data || !gives_inputs(header, own->role)) return OK;
    return fail(err, E_USAGE, "",
                "\"%s\" is `%s`, which gives inputs, and no data are given\nhelp: --data FILE.json",
                own->name, own->role);
}

/* --- a size that nothing here fixes */

/* Appends who has data that would fix the size. */
static void add_owners(const report *header, const char *name, failure *err)
{
    for (size_t i = 0; i < header->inputs; i++)
        for (unsigned axis = 0; axis < header->input[i].rank; axis++) {
            const size_expr *size = &header->input[i].dim[axis];
            if (!size->name || strcmp(size->name, name) != 0) continue;
            fail_add(err, "note: only the data of `%s` fix it (`%s`), and nobody else sees those",
                     header->input[i].party, header->input[i].name);
            return;
        }
}

/* The compiler says what has no value and where, or what is wrong with one; what to do about it is another thing
 * among several hosts. */
static status bad_setting(const deploy_request *req, const report *header, failure *err)
{
    char name[256] = "", *help = strstr(err->text, "\nhelp: ");

    if (strcmp(err->code, "E0012") != 0) {
        if (req->source.sets) return E_USAGE;
        fail_add(err, "note: \"params\" of the parties file say so");
        return err->status = E_CONFIG;
    }
    sscanf(err->text, "`%255[^`]`", name);
    if (help) *help = '\0';
    err->status = E_CONFIG;
    add_owners(header, name, err);
    fail_add(err, "help: give it in the parties file of all:  \"params\":{\"%s\":…}", name);
    return E_CONFIG;
}

/* --- all of it */

static status load_own(deployed *out, const deploy_request *req, const report *header, settings *s,
                       failure *err)
{
    load_request how = {
        .source = req->source, .json = req->json, .data_file = req->data_file, .folder = req->folder};
    char as[AS_TEXT];
    status st;

    if ((st = check_roles(req, header, err))) return st;
    if ((st = make_settings(s, req, header, err))) return st;
    if ((st = check_data(req, header, err))) return st;
    if (req->json.data) how.as = own_name(req, header, as);
    how.source.set = s->set, how.source.sets = s->sets;
    /* What an owner does by itself must not depend on how many others submit, which it cannot know. */
    how.source.pad = strcmp(req->config->security, "active") == 0;
    how.source.no_hoist = how.source.pad || req->config->collect.deadline_text != NULL;
    st = load(&out->loaded, &how, err);
    return st == E_USAGE ? bad_setting(req, header, err) : st;
}

/* What active security refuses is said for who gives flags; here it is the parties file that means it. */
static status not_active(const deploy_request *req, failure *err)
{
    char *help = strstr(err->text, "\nhelp: ");

    if (help) *help = '\0';
    if (!req->config->names_security)
        fail_add(err, "note: a parties file that names no \"security\" means \"active\"");
    fail_add(
        err,
        "help: \"security\":\"passive\" in the parties file of all, if you trust every node to "
        "follow the protocol");
    return err->status = E_CONFIG;
}

static status place_own(deployed *out, const deploy_request *req, failure *err)
{
    const program *p = out->loaded.program;
    status st = config_launch(req->config, p, &out->launch, err);

    if (st == E_USAGE) return not_active(req, err);
    if (st) return st;
    if (!(out->data = run_data_new(p))) return fail_memory(err);
    if (out->loaded.data && (st = data_fill(out->loaded.data, p, out->data, err))) return st;
    st = node_price(&out->price, req->config, p, out->launch, NULL, err);
    return st == E_USAGE ? not_active(req, err) : st;
}

status deploy(deployed *out, const deploy_request *req, failure *err)
{
    report header = {0};
    settings s = {0};
    status st = scan(&req->source, &header, err);

    if (st) {
        out->loaded.header = header; /* with the findings */
        return st;
    }
    if (!(st = load_own(out, req, &header, &s, err))) st = place_own(out, req, err);
    report_free(&header);
    free(s.set);
    free(s.size);
    return st;
}

bool deploy_wants_data(const deploy_request *req)
{
    report header = {0};
    failure none;
    bool wants = !scan(&req->source, &header, &none) &&
                 gives_inputs(&header, config_entry(req->config, req->self)->role);

    report_free(&header);
    return wants;
}

bool deployed_role(const deployed *d, const parties_config *config, unsigned self, uint32_t *party,
                   uint32_t *member)
{
    const program *p = d->loaded.program;

    for (uint32_t i = 0; i < p->parties; i++)
        for (uint32_t k = 0; k < party_members(p, i); k++)
            if (config_entry(config, self)->role && d->launch->home[i][k] == self)
                return *party = i, *member = k, true;
    return false;
}

void deployed_free(deployed *d)
{
    if (d->data) session_forget_all(d->data, d->loaded.program);
    cost_free(&d->price);
    launch_free(d->launch);
    loaded_free(&d->loaded);
    *d = (deployed){0};
}

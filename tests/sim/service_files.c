#include "service_files.h"

#include <dirent.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

const service_program service_programs[] = {
    {"sum", {"ann", "ben", "cho"}, NULL},
    {"comparisons", {"ben", "cho", "ann"}, NULL},
    {"products", {"ann", "ben", "cho"}, NULL},
    {"rounds", {"cho", "ben", "ann"}, NULL},
    {"maximum", {"bidder", "bidder", "bidder"}, NULL},
    {"maximum", {NULL}, "bidder"},
    {"mixed-owners", {"clerk"}, "voter"},
};
const size_t service_programs_len = sizeof service_programs / sizeof *service_programs;

static char root[SERVICE_PATH / 2];
static secret_key *key[SERVICE_NODES + SERVICE_OWNERS];
static char public_key[SERVICE_NODES + SERVICE_OWNERS][KEY_TEXT + 1];
static parties_config config[SERVICE_NODES + 1]; /* by the number of nodes */

static void must(bool holds, const char *what)
{
    if (holds) return;
    perror(what);
    exit(E_BUG);
}

/* --- folders */

void service_folder(char out[SERVICE_PATH], unsigned node, const char *which)
{
    snprintf(out, SERVICE_PATH, "%s/%u-%s", root, node, which);
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    must(f && fputs(text, f) >= 0 && !fclose(f), path);
}

static void empty_folder(const char *path)
{
    char file[SERVICE_PATH + 256]; /* d_name */
    DIR *d = opendir(path);

    must(d != NULL, path);
    for (const struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        snprintf(file, sizeof file, "%.*s/%s", SERVICE_PATH - 2, path, e->d_name);
        must(!unlink(file), file);
    }
    closedir(d);
}

slice service_source(const service_program *of)
{
    const char *text = catalog_find(of->name)->source;

    return (slice){(const uint8_t *)text, strlen(text)};
}

static void make_node_folders(unsigned node)
{
    char folder[SERVICE_PATH], path[2 * SERVICE_PATH];

    service_folder(folder, node, "sessions");
    must(!mkdir(folder, 0700), folder);
    service_folder(folder, node, "programs");
    must(!mkdir(folder, 0700), folder);
    for (size_t k = 0; k < service_programs_len; k++) {
        snprintf(path, sizeof path, "%s/%s.moot", folder, service_programs[k].name);
        write_text(path, catalog_find(service_programs[k].name)->source);
    }
}

/* In memory where there is a place for that: nothing here has to outlive the run. */
static void make_folders(void)
{
    snprintf(root, sizeof root, "%s/moot-sim-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    must(mkdtemp(root) != NULL, root);
    for (unsigned k = 0; k < SERVICE_NODES; k++) make_node_folders(k);
}

/* --- keys, the same each time, and the nodes that have them */

static void make_keys(void)
{
    draws d = {1};
    uint8_t raw[KEY_RAW];
    char secret[KEY_TEXT + 1];
    failure err = {0};

    for (unsigned k = 0; k < SERVICE_NODES + SERVICE_OWNERS; k++) {
        for (unsigned i = 0; i < sizeof raw; i++) raw[i] = (uint8_t)draw(&d);
        must(zmq_z85_encode(secret, raw, sizeof raw) && !zmq_curve_public(public_key[k], secret) &&
                 !secret_key_copy(&key[k], secret, &err),
             "keys");
    }
}

const secret_key *service_key(unsigned entry)
{
    return key[entry];
}

static int put_entry(char *out, size_t room, unsigned node, const char *role)
{
    return snprintf(
        out, room,
        "%s{\"name\":\"m%u\",%s%s%s\"address\":\"tcp://127.0.0.1:%u\",\"public_key\":\"%s\"}",
        node ? "," : "", node, role ? "\"role\":\"" : "", role ? role : "", role ? "\"," : "",
        7001 + node, public_key[node]);
}

#define LIMITS "\"peer_timeout\":\"2s\",\"start_timeout\":\"5s\"" /* SIM_PEER_MS, SIM_START_MS */

const parties_config *service_nodes(unsigned nodes)
{
    char text[SERVICE_FILE];
    int at = snprintf(text, sizeof text, "{\"version\":1,\"limits\":{" LIMITS "},\"parties\":[");
    failure err = {0};

    if (config[nodes].parties) return &config[nodes];
    for (unsigned k = 0; k < nodes; k++)
        at += put_entry(text + at, sizeof text - (size_t)at, k, NULL);
    snprintf(text + at, sizeof text - (size_t)at, "]}");
    must(!config_parse(&config[nodes], CONFIG_NODES, (slice){(uint8_t *)text, strlen(text)},
                       "nodes", &err),
         err.text);
    return &config[nodes];
}

/* --- files of sessions */

/* What owners agree on with the nodes; "" where there are none. */
static const char *collect_text(const service_session *x)
{
    if (!x->of->owners) return "";
    if (x->deadline)
        return "\"collect\":{\"deadline\":\"1970-01-01T00:17:05Z\",\"minimum\":3,\"again\":"
               "\"replace\"},";
    return x->again ? "\"collect\":{\"again\":\"replace\"}," : "";
}

void service_session_text(char out[SERVICE_FILE], const service_session *x)
{
    int at = snprintf(out, SERVICE_FILE,
                      "{\"version\":1,\"session\":\"s%u\",\"program\":\"%s.moot\",\"security\":"
                      "\"%s\",%s\"limits\":{" LIMITS "%s},\"parties\":[",
                      x->number, x->of->name, x->active ? "active" : "passive", collect_text(x),
                      x->differs ? ",\"max_rounds\":5000" : "");

    for (unsigned k = 0; k < x->nodes; k++)
        at += put_entry(out + at, (size_t)(SERVICE_FILE - at), k, x->of->role[k]);
    for (unsigned k = 0; x->of->owners && k < SERVICE_OWNERS; k++)
        at += snprintf(out + at, (size_t)(SERVICE_FILE - at),
                       ",{\"name\":\"o%u\",\"role\":\"%s\",\"public_key\":\"%s\"}", k,
                       x->of->owners, public_key[SERVICE_NODES + k]);
    snprintf(out + at, (size_t)(SERVICE_FILE - at), "]}");
}

void service_tag(uint8_t out[16], unsigned number)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    char name[16];

    snprintf(name, sizeof name, "s%u", number);
    SHA256((const uint8_t *)name, strlen(name), hash);
    memcpy(out, hash, 16);
}

static int put_items(char *out, size_t room, const port_decl *in, const plain *x)
{
    int at = snprintf(out, room, in->rank ? "[" : "");

    for (size_t i = 0; i < x->len; i++)
        at += snprintf(out + at, room - (size_t)at, "%s%lld", i ? "," : "",
                       (long long)*item_words(x->v, i, x->extra));
    return at + snprintf(out + at, room - (size_t)at, in->rank ? "]" : "");
}

void service_data_text(char out[SERVICE_FILE], const program *p, const char *role, uint32_t member,
                       const run_data *data)
{
    int at = snprintf(out, SERVICE_FILE, "{");

    for (uint32_t k = 0; k < p->inputs; k++) {
        const port_decl *in = &p->input[k];
        if (!role || strcmp(p->party[in->party].name, role) != 0) continue;
        at += snprintf(out + at, (size_t)(SERVICE_FILE - at), "%s\"%s\":", at > 1 ? "," : "",
                       in->name);
        at += put_items(out + at, (size_t)(SERVICE_FILE - at), in, &data->input[k][member]);
    }
    snprintf(out + at, (size_t)(SERVICE_FILE - at), "}");
}

void service_write(unsigned node, unsigned session, const char *ending, const char *text)
{
    char folder[SERVICE_PATH], path[2 * SERVICE_PATH];

    service_folder(folder, node, "sessions");
    snprintf(path, sizeof path, "%s/s%u%s", folder, session, ending);
    write_text(path, text);
}

/* --- all of it */

void service_files_begin(void)
{
    char folder[SERVICE_PATH];

    if (!root[0]) {
        make_folders();
        make_keys();
    }
    for (unsigned k = 0; k < SERVICE_NODES; k++) {
        service_folder(folder, k, "sessions");
        empty_folder(folder);
    }
}

void service_files_free(void)
{
    static const char *const which[] = {"sessions", "programs"};
    char folder[SERVICE_PATH];

    if (!root[0]) return;
    for (unsigned k = 0; k < SERVICE_NODES; k++)
        for (unsigned i = 0; i < 2; i++) {
            service_folder(folder, k, which[i]);
            empty_folder(folder);
            rmdir(folder);
        }
    rmdir(root);
    for (unsigned k = 0; k < SERVICE_NODES + SERVICE_OWNERS; k++) secret_key_free(key[k]);
    for (unsigned n = 0; n <= SERVICE_NODES; n++) config_free(&config[n]);
    root[0] = '\0';
}

/* A hello is a list of facts, each a name and a value, and one that differs is named to the user as it
 * stands. Facts whose name begins with '~' are sent but may differ: nonces, and hashes of source lines, which
 * only help to find where two programs part. The session id is the hash of all hellos in member order. */
#include "runtime/handshake.h"

#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NONCE = 32,
    LINE_HASH = 8,      /* enough to tell lines apart; nothing is believed because of it */
    LINES_SENT = 20000, /* of a longer source the rest is not compared by line */
    LINE_SHOWN = 120,   /* characters of a source line in a message */
    FACTS_MAX = 4096
};

static const char PROGRAM[] = "the program", LINES[] = "~lines";

typedef struct fact {
    slice name, value;
} fact;

typedef struct hello {
    fact *fact;
    size_t facts;
} hello;

/* --- writing */

static void put_slice(buffer *out, const void *data, size_t len)
{
    uint8_t size[4] = {(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16), (uint8_t)(len >> 24)};

    buffer_append(out, size, sizeof size);
    buffer_append(out, data, len);
}

static void put_fact(buffer *out, const char *name, const void *data, size_t len)
{
    put_slice(out, name, strlen(name));
    put_slice(out, data, len);
}

static void put_text(buffer *out, const char *name, const char *text)
{
    put_fact(out, name, text, strlen(text));
}

static void put_number(buffer *out, const char *name, unsigned number)
{
    char text[16];

    snprintf(text, sizeof text, "%u", number);
    put_text(out, name, text);
}

static void put_params(buffer *out, const program *p)
{
    for (uint32_t i = 0; i < p->params; i++) {
        char name[256], number[WIDE_TEXT];
        snprintf(name, sizeof name, "param `%s`", p->param[i].name);
        if (p->param[i].kind == KIND_FIX)
            wide_print_fix(p->param[i].value, p->precision, number);
        else
            wide_print(p->param[i].value, number);
        put_text(out, name, number);
    }
    for (uint32_t i = 0; i < p->parties; i++) {
        char name[256];
        snprintf(name, sizeof name, "the size of `%s`", p->party[i].name);
        put_number(out, name, party_members(p, i));
    }
}

static void put_members(buffer *out, const session_config *cfg)
{
    for (unsigned k = 0; k < cfg->launch->members; k++) {
        char name[64];
        snprintf(name, sizeof name, "the name of member %u", k + 1);
        put_text(out, name, cfg->launch->name[k]);
        snprintf(name, sizeof name, "the public key of member %u", k + 1);
        if (cfg->public_key) put_text(out, name, cfg->public_key[k]);
    }
}

/* Where each party member lives, so that all share and open towards the same members. */
static void put_homes(buffer *out, const session_config *cfg)
{
    const program *p = cfg->program;
    buffer homes = {0};

    for (uint32_t i = 0; i < p->parties; i++)
        for (unsigned k = 0; k < party_members(p, i); k++)
            buffer_printf(&homes, "%s%u", homes.len ? " " : "", cfg->launch->home[i][k] + 1);
    put_fact(out, "who stands for which party", homes.data, homes.len);
    out->failed |= homes.failed;
    buffer_free(&homes);
}

static void put_program(buffer *out, const program *p)
{
    buffer encoded = {0};
    uint8_t hash[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];
    slice core;

    program_encode(p, &encoded);
    out->failed |= encoded.failed;
    if (encoded.failed) return;
    core = program_core((slice){encoded.data, encoded.len});
    SHA256(core.data, core.len, hash);
    for (size_t i = 0; i < sizeof hash; i++) snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    put_text(out, PROGRAM, hex);
    buffer_free(&encoded);
}

static const char *line_end(const char *line)
{
    const char *end = strchr(line, '\n');

    return end ? end : line + strlen(line);
}

static void put_lines(buffer *out, const char *source)
{
    buffer hashes = {0};
    size_t lines = 0;

    for (const char *at = source; at && *at && lines < LINES_SENT; lines++) {
        uint8_t hash[SHA256_DIGEST_LENGTH];
        const char *end = line_end(at);
        SHA256((const uint8_t *)at, (size_t)(end - at), hash);
        buffer_append(&hashes, hash, LINE_HASH);
        at = *end ? end + 1 : end;
    }
    put_fact(out, LINES, hashes.data, hashes.len);
    out->failed |= hashes.failed;
    buffer_free(&hashes);
}

/* Sizes come before the program: its hash differs whenever they do, and they say more. */
static status write_hello(const session_config *cfg, buffer *out, failure *err)
{
    char field_name[FIELD_TEXT];
    uint8_t nonce[NONCE];

    if (RAND_bytes(nonce, sizeof nonce) != 1)
        return fail(err, E_BUG, "", "the system's random source does not answer");
    put_number(out, "the protocol version", SESSION_PROTOCOL);
    put_text(out, "the session", cfg->name);
    put_number(out, "the number of nodes", cfg->launch->nodes);
    put_number(out, "the threshold", cfg->launch->threshold);
    put_text(out, "security", launch_security(cfg->launch));
    put_text(out, "the way to multiply", multiply_name(cfg->launch->multiply));
    put_text(out, "truncation", cfg->truncation);
    for (size_t k = 0; k < cfg->agreeds; k++)
        put_text(out, cfg->agreed[k].name, cfg->agreed[k].value);
    put_members(out, cfg);
    put_params(out, cfg->program);
    put_homes(out, cfg);
    put_text(out, "the field", session_field(cfg->program, field_name));
    put_program(out, cfg->program);
    put_lines(out, cfg->program->source);
    put_fact(out, "~nonce", nonce, sizeof nonce);
    return out->failed ? fail_memory(err) : OK;
}

/* --- reading what a peer says, trusting nothing */

static bool take_slice(slice *in, slice *out)
{
    size_t len;

    if (in->len < 4) return false;
    len = in->data[0] | (size_t)in->data[1] << 8 | (size_t)in->data[2] << 16 |
          (size_t)in->data[3] << 24;
    if (len > in->len - 4) return false;
    *out = (slice){in->data + 4, len};
    *in = (slice){in->data + 4 + len, in->len - 4 - len};
    return true;
}

static bool read_hello(slice in, hello *out)
{
    out->fact = calloc(FACTS_MAX, sizeof *out->fact);
    out->facts = 0;
    while (out->fact && in.len > 0) {
        fact *f = &out->fact[out->facts++];
        if (!take_slice(&in, &f->name) || !take_slice(&in, &f->value)) return false;
        if (out->facts == FACTS_MAX && in.len > 0) return false;
    }
    return out->facts > 0;
}

static slice text_slice(const char *s)
{
    return (slice){(const uint8_t *)s, strlen(s)};
}

static bool same(slice a, slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static const fact *find(const hello *h, slice name)
{
    for (size_t i = 0; i < h->facts; i++)
        if (same(h->fact[i].name, name)) return &h->fact[i];
    return NULL;
}

static slice lines_of(const hello *h)
{
    const fact *f = find(h, text_slice(LINES));

    return f ? f->value : (slice){NULL, 0};
}

/* --- comparing */

/* Adds the first line whose text differs; says nothing when one of the two has no source. */
static void add_line(const session_config *cfg, unsigned self, const hello *mine,
                     const hello *theirs, failure *err)
{
    slice a = lines_of(mine), b = lines_of(theirs);
    const char *at = cfg->program->source;
    size_t line = 0, least = a.len < b.len ? a.len : b.len;
    int width;

    if (least == 0 || same(a, b)) return;
    while ((line + 1) * LINE_HASH <= least &&
           memcmp(a.data + line * LINE_HASH, b.data + line * LINE_HASH, LINE_HASH) == 0) {
        const char *end = line_end(at);
        at = *end ? end + 1 : end;
        line++;
    }
    while (*at == ' ' || *at == '\t') at++;
    width = (int)(line_end(at) - at);
    fail_add(err, "note: line %zu of %s is the first that differs: `%s` has `%.*s`", line + 1,
             cfg->program->file, cfg->launch->name[self], width > LINE_SHOWN ? LINE_SHOWN : width,
             at);
}

/* A value of a peer as text: printable, and not longer than a line. */
static const char *shown(slice v, char out[72])
{
    size_t len = v.len < 64 ? v.len : 64;

    for (size_t i = 0; i < len; i++)
        out[i] = v.data[i] >= 32 && v.data[i] < 127 ? (char)v.data[i] : '?';
    snprintf(out + len, 72 - len, "%s", v.len > 64 ? "..." : "");
    return out;
}

static status differs(const session_config *cfg, unsigned self, unsigned peer, slice name,
                      const fact *mine, const fact *theirs, failure *err)
{
    char what[72], here[72], there[72];
    const char *none = "none";

    return fail(err, E_CONFIG, "N01", "the parties do not agree on %s: `%s` has %s, `%s` has %s",
                shown(name, what), cfg->launch->name[self], mine ? shown(mine->value, here) : none,
                cfg->launch->name[peer], theirs ? shown(theirs->value, there) : none);
}

static bool compared(const fact *f)
{
    return f->name.len > 0 && f->name.data[0] != '~';
}

static status compare(const session_config *cfg, unsigned self, unsigned peer, const hello *mine,
                      const hello *theirs, failure *err)
{
    for (size_t i = 0; i < mine->facts; i++) {
        const fact *f = &mine->fact[i], *g = find(theirs, f->name);
        if (!compared(f) || (g && same(f->value, g->value))) continue;
        differs(cfg, self, peer, f->name, f, g, err);
        if (g && same(f->name, text_slice(PROGRAM))) add_line(cfg, self, mine, theirs, err);
        return E_CONFIG;
    }
    for (size_t i = 0; i < theirs->facts; i++) {
        const fact *g = &theirs->fact[i];
        if (compared(g) && !find(mine, g->name))
            return differs(cfg, self, peer, g->name, NULL, g, err);
    }
    return OK;
}

static status compare_all(const session_config *cfg, unsigned self, const slice *said, failure *err)
{
    hello mine = {0}, theirs = {0};
    status st = read_hello(said[self], &mine) ? OK : fail_memory(err);

    for (unsigned k = 0; k < cfg->launch->members && !st; k++) {
        if (k == self) continue;
        if (read_hello(said[k], &theirs))
            st = compare(cfg, self, k, &mine, &theirs, err);
        else
            st = fail(err, E_CONFIG, "N01",
                      "`%s` does not say hello as version %d of the protocol does",
                      cfg->launch->name[k], SESSION_PROTOCOL);
        free(theirs.fact);
    }
    free(mine.fact);
    return st;
}

static status hash_all(const slice *said, unsigned members, uint8_t id[SESSION_ID], failure *err)
{
    buffer all = {0};

    put_text(&all, "moot session", "1");
    for (unsigned k = 0; k < members; k++) put_slice(&all, said[k].data, said[k].len);
    if (!all.failed) SHA256(all.data, all.len, id);
    buffer_free(&all);
    return all.failed ? fail_memory(err) : OK;
}

status handshake(const session_config *cfg, channel *c, uint8_t id[SESSION_ID], failure *err)
{
    unsigned self = channel_self(c), members = channel_members(c);
    slice *said = calloc(members, sizeof *said);
    buffer mine = {0};
    status st;

    if (!said) return fail_memory(err);
    if ((st = write_hello(cfg, &mine, err))) goto done;
    if ((st = channel_hello(c, (slice){mine.data, mine.len}, said, err))) goto done;
    free((void *)said[self].data);
    said[self] = (slice){mine.data, mine.len};
    if ((st = compare_all(cfg, self, said, err))) goto done;
    st = hash_all(said, members, id, err);
done:
    for (unsigned k = 0; k < members; k++)
        if (said[k].data != mine.data) free((void *)said[k].data);
    free(said);
    buffer_free(&mine);
    return st;
}

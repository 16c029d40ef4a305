/* Bytes of requests and answers: numbers little-endian, texts and pieces behind their lengths. One list of fields a
 * kind of message serves writing and reading, so that they cannot differ. */
#include "runtime/request.h"

#include <string.h>

/* One of the two is used: writes to `out`, or reads what is left of `in`. */
typedef struct wire_text {
    buffer *out;
    slice in;
    bool good;
} wire_text;

static void bytes(wire_text *w, void *data, size_t len)
{
    if (!len) return;
    if (w->out) {
        buffer_append(w->out, data, len);
        return;
    }
    if (!w->good || w->in.len < len) {
        w->good = false;
        return;
    }
    memcpy(data, w->in.data, len);
    w->in = (slice){w->in.data + len, w->in.len - len};
}

static uint64_t number(wire_text *w, uint64_t n, unsigned len)
{
    uint8_t le[8] = {0};

    for (unsigned k = 0; k < len; k++) le[k] = (uint8_t)(n >> 8 * k);
    bytes(w, le, len);
    n = 0;
    for (unsigned k = 0; k < len; k++) n |= (uint64_t)le[k] << 8 * k;
    return n;
}

/* At most `most` bytes. */
static void piece(wire_text *w, slice *data, size_t most)
{
    size_t len = (size_t)number(w, data->len, 4);

    if (w->out) {
        if (data->len) buffer_append(w->out, data->data, data->len);
        return;
    }
    if (!w->good || len > most || len > w->in.len) {
        w->good = false;
        return;
    }
    *data = (slice){w->in.data, len};
    w->in = (slice){w->in.data + len, w->in.len - len};
}

/* A text of at most size - 1 characters, printable. */
static void text(wire_text *w, char *at, size_t size)
{
    slice s = {(const uint8_t *)at, w->out ? strlen(at) : 0};

    piece(w, &s, size - 1);
    if (w->out) return;
    memset(at, 0, size);
    if (!w->good) return;
    for (size_t k = 0; k < s.len; k++) w->good = w->good && (s.data[k] >= 32 || s.data[k] == '\n');
    if (s.len) memcpy(at, s.data, s.len);
}

bool session_is_plain(const char *name)
{
    return *name != '.' && *name != '-' && *name &&
           !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}

static void request_fields(wire_text *w, request *r)
{
    r->kind = (request_kind)number(w, r->kind, 1);
    r->number = (uint32_t)number(w, r->number, 4);
    text(w, r->session, sizeof r->session);
    bytes(w, r->file, sizeof r->file);
    bytes(w, r->program, sizeof r->program);
    if (r->kind == REQUEST_PUT || r->kind == REQUEST_COMMIT) {
        r->sequence = number(w, r->sequence, 8);
        bytes(w, r->digest, sizeof r->digest);
    }
    if (r->kind == REQUEST_PUT || r->kind == REQUEST_GET) r->at = number(w, r->at, 8);
    if (r->kind != REQUEST_PUT) return;
    r->length = number(w, r->length, 8);
    bytes(w, r->nonce, sizeof r->nonce);
    piece(w, &r->commitments, (size_t)NODES_MAX * SUBMISSION_HASH);
    piece(w, &r->piece, REQUEST_PIECE);
}

static void reply_fields(wire_text *w, reply *a)
{
    a->kind = (reply_kind)number(w, a->kind, 1);
    a->number = (uint32_t)number(w, a->number, 4);
    if (a->kind == REPLY_STATE) {
        a->phase = (session_phase)number(w, a->phase, 1);
        a->sequence = number(w, a->sequence, 8), a->highest = number(w, a->highest, 8);
        bytes(w, a->digest, sizeof a->digest);
        a->counts = number(w, a->counts, 1) != 0;
        a->submitted = number(w, a->submitted, 8), a->owners = number(w, a->owners, 8);
        piece(w, &a->chosen, OWNERS_BITS);
    }
    if (a->kind == REPLY_STATE || a->kind == REPLY_PIECE) a->length = number(w, a->length, 8);
    if (a->kind == REPLY_TAKEN || a->kind == REPLY_PIECE) a->at = number(w, a->at, 8);
    if (a->kind == REPLY_PIECE) piece(w, &a->piece, REQUEST_PIECE);
    if (a->kind != REPLY_REFUSED) return;
    a->status = (uint8_t)number(w, a->status, 1);
    text(w, a->code, sizeof a->code);
    text(w, a->text, sizeof a->text);
}

void request_write(const request *r, buffer *out)
{
    request copy = *r;
    request_fields(&(wire_text){.out = out, .good = true}, &copy);
}

void reply_write(const reply *a, buffer *out)
{
    reply copy = *a;
    reply_fields(&(wire_text){.out = out, .good = true}, &copy);
}

bool request_read(request *out, slice in)
{
    wire_text w = {.in = in, .good = true};

    *out = (request){0};
    request_fields(&w, out);
    return w.good && !w.in.len && out->kind >= REQUEST_STATE && out->kind <= REQUEST_GET &&
           session_is_plain(out->session);
}

bool reply_read(reply *out, slice in)
{
    wire_text w = {.in = in, .good = true};

    *out = (reply){0};
    reply_fields(&w, out);
    return w.good && !w.in.len && out->kind >= REPLY_STATE && out->kind <= REPLY_REFUSED &&
           (out->kind != REPLY_STATE ||
            (out->phase >= PHASE_COLLECTS && out->phase <= PHASE_FAILED)) &&
           (out->kind != REPLY_REFUSED || (out->status > OK && out->status <= E_BUG));
}

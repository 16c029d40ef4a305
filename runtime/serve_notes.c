/* Notes: a frame each, on a port of their own that every node keeps open. They are not numbered and may be lost or
 * come twice; whoever sends one sends it again while it still holds. */
#include "runtime/serve_parts.h"

#include <string.h>

enum { AT_HEARS = 1, AT_AGREED = 5, AT_NAME = AT_AGREED + 2 * SERVE_HASH + 1 };

/* Nobody keeps them for a port that is not open: they do not begin with 0. */
enum { NUMBER = 1 };

static const uint8_t notes_tag[FRAME_TAG] = "moot serve 2";

status notes_open(serve *s, failure *err)
{
    return mesh_port(s->mesh, notes_tag, &s->notes, err);
}

note note_of(const serve_session *x, note_kind what)
{
    note n = {.kind = what, .agreed = x->agreed};

    memcpy(n.name, x->name, sizeof n.name);
    return n;
}

void note_send(serve *s, unsigned to, const note *n)
{
    size_t name = strlen(n->name);
    frame *f = s->notes->make(s->notes, CHANNEL_HEADER + AT_NAME + name + n->list.len);
    uint8_t *at;

    if (!f) return; /* it will be said again */
    frame_header_write(f->data, &(frame_header){FRAME_DATA, NUMBER, mesh_nonce(s->mesh), notes_tag});
    at = f->data + CHANNEL_HEADER;
    at[0] = (uint8_t)n->kind;
    for (unsigned k = 0; k < 4; k++) at[AT_HEARS + k] = (uint8_t)(n->hears >> (8 * k));
    memcpy(at + AT_AGREED, n->agreed.file, SERVE_HASH);
    memcpy(at + AT_AGREED + SERVE_HASH, n->agreed.source, SERVE_HASH);
    at[AT_NAME - 1] = (uint8_t)name;
    memcpy(at + AT_NAME, n->name, name);
    if (n->list.len) memcpy(at + AT_NAME + name, n->list.data, n->list.len);
    s->notes->send(s->notes, to, f);
}

void note_send_all(serve *s, const note *n)
{
    for (unsigned k = 0; k < s->nodes; k++)
        if (k != s->is.self) note_send(s, k, n);
}

bool note_read(note *out, slice payload)
{
    size_t name;

    *out = (note){0};
    if (payload.len < AT_NAME) return false;
    name = payload.data[AT_NAME - 1];
    if (name > SERVE_NAME || name > payload.len - AT_NAME) return false;
    if (payload.data[0] < NOTE_HERE || payload.data[0] > NOTE_NONE) return false;
    out->kind = (note_kind)payload.data[0];
    for (unsigned k = 0; k < 4; k++) out->hears |= (uint32_t)payload.data[AT_HEARS + k] << (8 * k);
    memcpy(out->agreed.file, payload.data + AT_AGREED, SERVE_HASH);
    memcpy(out->agreed.source, payload.data + AT_AGREED + SERVE_HASH, SERVE_HASH);
    if (name) memcpy(out->name, payload.data + AT_NAME, name);
    out->list = (slice){payload.data + AT_NAME + name, payload.len - AT_NAME - name};
    /* files are looked for under it: nobody is told what is elsewhere on this host */
    return out->kind == NOTE_HERE || session_is_plain(out->name);
}

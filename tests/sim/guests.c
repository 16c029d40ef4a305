/* Guests of simulated nodes: stands in the place of net/visit.c, and of what net/mesh.c has for them. Messages are whole and in
 * order, and lost when the node is not there. */
#include "world_parts.h"

#include "net/visit.h"

#include <stdlib.h>
#include <string.h>

enum { WAY_US = 3 * MS }; /* from a guest to any node, and back */

/* What is left of a visit when it is over: answers under way still find it. */
struct guest {
    guest *next;
    char key[KEY_TEXT + 1];
    frame_queue inbox;
    actor *waits;
    bool over;
};

struct visit {
    guest *guest;
    bool cancelled;
};

/* --- at the node */

status mesh_open(mesh **out, const mesh_config *cfg, failure *err)
{
    (void)cfg, (void)err;
    *out = world.running->mesh;
    return OK;
}

void mesh_close(mesh *m)
{
    (void)m; /* it is its process's */
}

status mesh_admit(mesh *m, const char *const *keys, size_t count, failure *err)
{
    char(*more)[KEY_TEXT + 1] = (calloc)(count + 1, sizeof *more);

    (void)err;
    if (!more) abort();
    for (size_t k = 0; k < count; k++) memcpy(more[k], keys[k], sizeof *more);
    (free)(m->admitted);
    m->admitted = more, m->guests = count;
    return OK;
}

status mesh_desk(mesh *m, transport **out, failure *err)
{
    return mesh_port(m, frame_desk_tag, out, err);
}

const char *mesh_guest(const frame *f)
{
    return ((const sim_frame *)f)->guest->key;
}

static bool is_admitted(const mesh *m, const guest *g)
{
    for (size_t k = 0; k < m->guests; k++)
        if (!strcmp(m->admitted[k], g->key)) return true;
    return false;
}

void guest_asks(mesh *m, frame *f)
{
    port *desk = m && m->up && !m->gone ? port_of(m, frame_desk_tag) : NULL;

    if (desk && is_admitted(m, ((sim_frame *)f)->guest))
        deliver(desk, f);
    else
        f->release(f);
}

/* --- frames between them, of nobody's memory */

static void release_own(frame *f)
{
    (free)(f->data);
    (free)(f);
}

static frame *frame_of(guest *g, unsigned from, slice bytes)
{
    sim_frame *f = (calloc)(1, sizeof *f);
    uint8_t *data = (malloc)(CHANNEL_HEADER + bytes.len);

    if (!f || !data) abort();
    frame_header_write(data, &(frame_header){FRAME_DATA, 1, 0, frame_desk_tag});
    if (bytes.len) memcpy(data + CHANNEL_HEADER, bytes.data, bytes.len);
    f->base = (frame){
        .data = data, .len = CHANNEL_HEADER + bytes.len, .from = from, .release = release_own};
    f->guest = g;
    return &f->base;
}

void mesh_answer(mesh *m, const frame *asked, slice bytes)
{
    guest *g = ((const sim_frame *)asked)->guest;

    if (m->gone) return;
    event_add((event){.at = world.now + WAY_US,
                      .kind = EVENT_ANSWER,
                      .guest = g,
                      .frame = frame_of(g, m->self, bytes)});
}

/* --- at the guest */

status visit_open(visit **out, const visit_config *cfg, failure *err)
{
    visit *v = calloc(1, sizeof *v);
    guest *g = (calloc)(1, sizeof *g);

    *out = NULL;
    if (!g) abort();
    memcpy(g->key, cfg->public_key, KEY_TEXT);
    g->next = world.guests, world.guests = g;
    if (!v) return fail_memory(err);
    v->guest = g;
    *out = v;
    return OK;
}

status visit_send(visit *v, unsigned to, slice bytes, failure *err)
{
    (void)err;
    event_add((event){.at = world.now + WAY_US,
                      .kind = EVENT_FRAME,
                      .to = to,
                      .frame = frame_of(v->guest, 0, bytes)});
    return OK;
}

status visit_again(visit *v, unsigned node, failure *err)
{
    (void)v, (void)node, (void)err;
    return OK;
}

void guest_hears(guest *g, frame *f)
{
    if (g->over) {
        f->release(f);
        return;
    }
    frame_push(&g->inbox, f);
    if (g->waits) resume(g->waits);
}

bool visit_next(visit *v, int64_t until_ms, unsigned *from, buffer *bytes)
{
    const int64_t until = until_us(until_ms);
    guest *g = v->guest;
    frame *f;

    while (!(f = frame_pop(&g->inbox))) {
        if (v->cancelled || world.now >= until) return false;
        g->waits = world.running;
        sleep_until(world.running, until);
        g->waits = NULL;
    }
    *from = f->from;
    bytes->len = 0;
    buffer_append(bytes, f->data + CHANNEL_HEADER, f->len - CHANNEL_HEADER);
    f->release(f);
    return !bytes->failed;
}

void visit_cancel(visit *v)
{
    v->cancelled = true;
    if (v->guest->waits) wake(v->guest->waits);
}

bool visit_cancelled(const visit *v)
{
    return v->cancelled;
}

void visit_close(visit *v)
{
    if (!v) return;
    frame_queue_free(&v->guest->inbox);
    v->guest->over = true;
    free(v);
}

void guests_free(void)
{
    for (guest *g; (g = world.guests);) {
        world.guests = g->next;
        frame_queue_free(&g->inbox);
        (free)(g);
    }
}

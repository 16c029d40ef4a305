/* Guests: who is admitted asks and is answered, who is not gets nowhere, and nobody fills the desk. */
#include "net/visit.h"
#include "net/transport.h"
#include "world.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { NODES = 3, PATIENCE_MS = 10000, SHORT_MS = 400 };

/* Three nodes, the first with a desk that answers what it is asked, turned round, from a thread. */
typedef struct house {
    world w;
    mesh *m;
    transport *desk;
    pthread_t porter;
    atomic_uint asked;
    char last[41];
} house;

static void *answer_all(void *arg)
{
    house *h = arg;
    unsigned lost;
    frame *f;

    while (h->desk->next(h->desk, TRANSPORT_FOREVER, &f, &lost) == ARRIVED_FRAME) {
        size_t len = f->len - CHANNEL_HEADER;
        uint8_t turned[CHANNEL_FRAME];
        for (size_t k = 0; k < len; k++) turned[k] = f->data[f->len - 1 - k];
        memcpy(h->last, mesh_guest(f), sizeof h->last);
        atomic_fetch_add(&h->asked, 1);
        mesh_answer(h->m, f, (slice){turned, len});
        f->release(f);
    }
    return NULL;
}

static void house_open(house *h, bool porter)
{
    memset(h, 0, sizeof *h);
    world_init(&h->w, NODES, true);
    h->m = world_mesh(&h->w, 0);
    cr_assert_eq(mesh_desk(h->m, &h->desk, NULL), OK);
    if (porter) pthread_create(&h->porter, NULL, answer_all, h);
}

static void house_close(house *h)
{
    h->desk->cancel(h->desk);
    if (h->porter) pthread_join(h->porter, NULL);
    h->desk->close(h->desk);
    mesh_close(h->m);
    world_end(&h->w);
}

typedef struct guest {
    char public_key[KEY_TEXT + 1], secret_key[KEY_TEXT + 1];
    visit *v;
} guest;

static void name_guest(guest *g)
{
    cr_assert_eq(mesh_keypair(g->public_key, g->secret_key, NULL), OK);
}

static void let_in(const house *h, guest *g)
{
    visit_config cfg = {1, h->w.peer, g->secret_key, g->public_key};

    cr_assert_eq(visit_open(&g->v, &cfg, NULL), OK);
}

static void open_guest(const house *h, guest *g)
{
    name_guest(g);
    let_in(h, g);
}

static void admit(const house *h, const guest *g, size_t count)
{
    const char *keys[4];

    for (size_t k = 0; k < count; k++) keys[k] = g[k].public_key;
    cr_assert_eq(mesh_admit(h->m, keys, count, NULL), OK);
}

/* Who comes before it is admitted is sent away, and comes again when it likes. */
static void open_admitted(const house *h, guest *g, size_t count)
{
    for (size_t k = 0; k < count; k++) name_guest(&g[k]);
    admit(h, g, count);
    for (size_t k = 0; k < count; k++) let_in(h, &g[k]);
}

static bool ask(guest *g, const char *text, unsigned wait_ms, buffer *got)
{
    unsigned from = 9;

    cr_assert_eq(visit_send(g->v, 0, (slice){(const uint8_t *)text, strlen(text)}, NULL), OK);
    return visit_next(g->v, now_ms() + wait_ms, &from, got) && from == 0;
}

Test(visit, a_guest_is_known_by_its_key_and_answered)
{
    house h;
    guest g[2];
    buffer got = {0};

    house_open(&h, true);
    open_admitted(&h, g, 2);
    for (unsigned k = 0; k < 2; k++) {
        cr_assert(ask(&g[k], "stressed", PATIENCE_MS, &got));
        cr_expect_arr_eq(got.data, "desserts", 8);
        cr_expect_str_eq(h.last, g[k].public_key);
    }
    buffer_free(&got);
    visit_close(g[0].v), visit_close(g[1].v);
    house_close(&h);
}

Test(visit, who_is_not_admitted_is_not_heard)
{
    house h;
    guest g[2];
    buffer got = {0};

    house_open(&h, true);
    open_guest(&h, &g[0]), open_guest(&h, &g[1]);
    cr_expect_not(ask(&g[0], "early", SHORT_MS, &got), "nobody is admitted yet");
    admit(&h, &g[1], 1);
    cr_assert_eq(visit_again(g[1].v, 0, NULL), OK);
    cr_expect(ask(&g[1], "mine", PATIENCE_MS, &got));
    cr_expect_not(ask(&g[0], "mine too", SHORT_MS, &got));
    cr_expect_eq(atomic_load(&h.asked), 1);
    buffer_free(&got);
    visit_close(g[0].v), visit_close(g[1].v);
    house_close(&h);
}

Test(visit, a_guest_that_floods_the_desk_is_cut_short_and_others_are_heard)
{
    enum { FLOOD = 200, MOST = 8 };
    house h;
    guest g[2];
    buffer got = {0};
    frame *f;
    unsigned lost, of[2] = {0};

    house_open(&h, false);
    open_admitted(&h, g, 2);
    for (unsigned k = 0; k < FLOOD; k++)
        visit_send(g[0].v, 0, (slice){(const uint8_t *)"flood", 5}, NULL);
    visit_send(g[1].v, 0, (slice){(const uint8_t *)"one", 3}, NULL);
    sleep_ms(SHORT_MS);
    const int64_t patience = now_ms() + PATIENCE_MS;
    while (h.desk->next(h.desk, of[0] && of[1] ? now_ms() + SHORT_MS : patience, &f, &lost) ==
           ARRIVED_FRAME) {
        of[!strcmp(mesh_guest(f), g[1].public_key)]++;
        f->release(f);
    }
    cr_expect_leq(of[0], MOST, "%u of the flood", of[0]);
    cr_expect_geq(of[0], 1);
    cr_expect_eq(of[1], 1);
    buffer_free(&got);
    visit_close(g[0].v), visit_close(g[1].v);
    house_close(&h);
}

static void *cancel_soon(void *v)
{
    sleep_ms(50);
    visit_cancel(v);
    return NULL;
}

Test(visit, is_cancelled_from_another_thread)
{
    house h;
    guest g;
    buffer got = {0};
    pthread_t other;
    unsigned from;

    house_open(&h, true);
    open_guest(&h, &g);
    pthread_create(&other, NULL, cancel_soon, g.v);
    cr_expect_not(visit_next(g.v, now_ms() + PATIENCE_MS, &from, &got));
    cr_expect(visit_cancelled(g.v));
    pthread_join(other, NULL);
    visit_close(g.v);
    buffer_free(&got);
    house_close(&h);
}

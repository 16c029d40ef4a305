/* What the simulated world is made of, shared by its files: processes, what runs in them, and their ports. */
#ifndef MOOT_SIM_WORLD_PARTS_H
#define MOOT_SIM_WORLD_PARTS_H

#include "world.h"

#include "net/transport.h"
#include "runtime/fiber.h"

enum {
    MS = 1000,
    EPOCH_S = 1000, /* the clock begins here: 0 means never in the product */
    LIVES = 2       /* starts of one process */
};

typedef struct actor actor;
typedef struct guest guest;

/* A frame in memory that knows whose start sent it, or which guest. */
typedef struct sim_frame {
    frame base;
    unsigned life;
    guest *guest;
} sim_frame;

typedef struct port {
    transport base;
    struct port *next;
    mesh *mesh;
    unsigned session; /* SIM_SESSIONS: of none */
    uint8_t tag[FRAME_TAG];
    frame_queue inbox;
    actor *waits;                /* in `next` */
    unsigned heard[SIM_MEMBERS]; /* the life of the sender of the last frame; 0: none */
    bool lost[SIM_MEMBERS];
    bool cancelled;
    bool greeted[SIM_MEMBERS];    /* has taken its hello */
    bool refused;                 /* has said, or been told, that the session is over */
    int64_t arrives[SIM_MEMBERS]; /* when the last frame to each gets there: they stay in order */
} port;

/* A process of one member. */
struct mesh {
    unsigned self, life; /* life from 1 */
    bool up, gone;       /* gone: crashed; whatever it still does, nobody sees */
    int64_t frozen_until;
    port *port;
    bool over[SIM_SESSIONS];      /* sessions that have been here: what comes late is nobody's */
    frame_queue early;            /* for ports that are not open yet */
    int64_t arrives[SIM_MEMBERS]; /* the latest of its ports */
    unsigned actors;              /* that have not ended */
    draws random;
    bool starved;
    char (*admitted)[KEY_TEXT + 1]; /* guests */
    size_t guests;
};

/* A thread: of a process, or of a guest or whoever looks on. */
struct actor {
    actor *next;
    fiber *fiber;
    mesh *mesh; /* NULL: of no process */
    unsigned session;
    void *(*run)(void *arg);
    void *arg;
    int64_t frozen_until;
    uint64_t turn; /* counts its waits: an alarm of an older one means nothing */
    bool ended;
    actor *joiner;
};

typedef enum event_kind {
    EVENT_START,
    EVENT_FRAME,
    EVENT_LOSS,
    EVENT_ALARM,
    EVENT_ANSWER /* a frame for a guest */
} event_kind;

typedef struct event {
    int64_t at;
    uint64_t order; /* among those of one moment */
    event_kind kind;
    unsigned to, from, life;
    actor *whose;
    uint64_t turn;
    frame *frame;
    guest *guest;
} event;

typedef struct sim_world {
    const sim_plan *plan;
    sim_act *act;
    void *user;
    int64_t now;
    draws random;
    event *heap;
    size_t events, cap;
    uint64_t order;
    mesh process[SIM_MEMBERS][LIVES];
    mesh *now_up[SIM_MEMBERS]; /* the last start of each */
    actor *actors;             /* all there have been */
    actor *running;
    guest *guests;
    frame_queue unborn[SIM_MEMBERS]; /* sent to a process that is to come, or to come back */
    bool held[SIM_MEMBERS][SIM_MEMBERS];
    int64_t held_until; /* TRANSPORT_FOREVER: for good */
    bool struck;
    bool odd_frame; /* the next frame from victim to other has an odd fate */
    sim_seen seen;
    bool talks;
} sim_world;

extern sim_world world;

/* --- world.c */

void event_add(event e);
/* Begins at `at`. */
actor *actor_new(mesh *m, void *(*run)(void *), void *arg, int64_t at);
/* Gives the turn away; it comes back at `until`, or when the actor is woken. */
void sleep_until(actor *a, int64_t until);
/* It goes on at once, if it still sleeps then as it does now. */
void wake(const actor *a);
/* The same within the event that happens. */
void resume(actor *a);
int64_t until_us(int64_t until_ms);
port *port_of(const mesh *m, const uint8_t tag[FRAME_TAG]);
void deliver(port *p, frame *f);

/* --- guests.c */

/* A frame that a guest has sent arrives; an answer does. */
void guest_asks(mesh *m, frame *f);
void guest_hears(guest *g, frame *f);
void guests_free(void);

#endif

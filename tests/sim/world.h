/* A network and its processes on virtual time, in one thread. Stands in the place of net/mesh.c behind net/mesh.h:
 * channels, sessions and protocols above it are the product's own. Every member of every session is a fiber; what
 * happens when follows from the plan alone, so that a seed gives the same run again, bit by bit. Knows what can go wrong
 * in a network, not what a session makes of it. */
#ifndef MOOT_SIM_WORLD_H
#define MOOT_SIM_WORLD_H

#include "net/mesh.h"
#include "random.h"

enum {
    SIM_MEMBERS = 9,
    SIM_SESSIONS = 3,
    SIM_PEER_MS = 2000,   /* peer_timeout */
    SIM_START_MS = 5000,  /* start_timeout */
    SIM_STUCK_MS = 20000, /* progress_timeout */
};

typedef enum fault_kind {
    FAULT_NONE,
    FAULT_CRASH,   /* the victim's process is gone; its connections close */
    FAULT_RESTART, /* and comes back after `lasting_us` as another start of the same program */
    FAULT_HANG,    /* the process stands still for `lasting_us`, heartbeats too */
    FAULT_STUCK,   /* one session of it stands still; the process is there */
    FAULT_LATE,    /* the process starts `lasting_us` after the others */
    FAULT_RESET,   /* the connections between victim and other close; what was on its way is lost */
    FAULT_HOLE,    /* what victim sends to other is held back for `lasting_us` */
    FAULT_SPLIT,   /* both directions of that */
    FAULT_LOSE,    /* one frame from victim to other never arrives, without a word */
    FAULT_REPEAT,  /* one frame arrives twice */
    FAULT_FOREIGN, /* one frame comes from another start of the victim */
    FAULT_CUT_OFF, /* one frame lacks its last byte */
    FAULT_CHANGE,  /* one bit of a message from victim to other is another */
    FAULT_CANCEL,  /* the victim's user interrupts one session */
    FAULT_MEMORY,  /* the victim gets no memory */
    FAULT_KINDS
} fault_kind;

typedef struct sim_plan {
    uint64_t seed;
    unsigned members, sessions;
    uint8_t tag[SIM_SESSIONS][16];
    unsigned others; /* actors of no process: guests, and whoever looks on */
    bool serves; /* one actor a process, which starts more; what is sent to a process that is not there is lost, and
                    connections come together again */
    void (*stop)(void *user, unsigned member); /* of `serves`: the process is to end, or has crashed */
    bool delivers; /* who is told that a session is over may still have to pass outputs on */
    int64_t latency_us[SIM_MEMBERS][SIM_MEMBERS]; /* [from][to] */
    int64_t jitter_us;                            /* at most so much more, drawn for each frame */
    int64_t work_us[SIM_MEMBERS]; /* what a member computes between two frames of a session */
    fault_kind fault;
    unsigned victim, other, session; /* session: of faults that are one session's */
    uint64_t at_frame;               /* it happens when so many frames have been sent */
    int64_t lasting_us;
    bool once; /* FAULT_MEMORY: one request is refused, not all from here on */
} sim_plan;

/* What runs at each member in each session; called on a fiber. `life` counts the starts of its process. With m NULL, one of
 * the others, whose numbers follow the members'. */
typedef void sim_act(void *user, unsigned member, unsigned session, unsigned life, mesh *m);

/* What the world has seen. */
typedef struct sim_seen {
    bool happened; /* the fault; with the time */
    int64_t fault_us, end_us;
    uint64_t frames, bytes, trace; /* trace: a hash of every frame and when it arrived */
    bool stuck;       /* nothing was going to happen any more, and a session had not ended */
    char broken[160]; /* a rule that a session broke, "" when none */
} sim_seen;

/* Runs every member of every session to its end. `talks`: says on stderr what happens. */
sim_seen sim_run(const sim_plan *plan, sim_act *act, void *user, bool talks);

/* Frees what is kept from run to run. */
void sim_free(void);

/* Called on a fiber: lets time pass. */
void sim_sleep(int64_t ms);
/* Has the process crashed that this fiber is of? */
bool sim_gone(void);

/* Blocks of memory that what ran on the fibers of the last run has not given back. */
size_t sim_blocks(void);
const char *fault_name(fault_kind k);

#endif

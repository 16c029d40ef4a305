/* The connections of one process to all its peers: one ROUTER that receives, one DEALER a peer that sends
 * (architecture.md, Mesh). Many sessions share them, each through its own channel. */
#ifndef MOOT_NET_MESH_H
#define MOOT_NET_MESH_H

#include "net/channel.h"

typedef struct mesh mesh;
struct frame; /* net/frame.h */

enum { KEY_TEXT = 40 }; /* characters of a key as Z85 */

typedef struct mesh_peer {
    const char *name;       /* for messages: "telco" */
    const char *address;    /* "ipc:///tmp/…" or "tcp://10.0.1.7:7001" */
    const char *public_key; /* Z85, 40 characters; NULL on ipc without CURVE */
} mesh_peer;

typedef struct mesh_config {
    unsigned self, members;
    const mesh_peer *peer; /* [members], self included */
    const char *bind;      /* where to listen; NULL: peer[self].address */
    const char *secret_key; /* Z85; NULL on ipc: then only processes of this user may connect (ZAP) */
    unsigned peer_timeout_ms; /* silence after which a peer is lost: its process sends heartbeats meanwhile */
    unsigned progress_timeout_ms; /* how long a peer that is there may keep a session waiting without itself
                                     waiting for another (at work for so long, or stuck); 0: 10 peer_timeouts */
    unsigned start_timeout_ms; /* how long to wait for peers to come */
    unsigned delay_ms;         /* injected before each round: `run --delay` */
    bool lasting; /* outlives its peers: what is sent to one that is not connected is dropped, not kept till it comes */
} mesh_config;

/* Binds and connects; does not wait for the peers. Copies the configuration. E_CONFIG for an address or key
 * that cannot be used, naming it. */
status mesh_open(mesh **out, const mesh_config *cfg, failure *err);

/* Opens the channel of the session with this tag (agreed beforehand; 16 bytes). */
status mesh_channel(mesh *m, const uint8_t tag[16], channel **out, failure *err);

/* The same without a channel over it: whole frames to and from whoever uses the tag, unnumbered (net/transport.h);
 * closed with its `close`. Frames that are to be kept for peers whose port is not open yet begin with sequence 0. */
status mesh_port(mesh *m, const uint8_t tag[16], transport **out, failure *err);

/* --- guests: who are no members, and ask (net/visit.h). A mesh without a desk hears none of them. */

/* From now on these keys (Z85) may connect as guests, and no others. */
status mesh_admit(mesh *m, const char *const *keys, size_t count, failure *err);

/* Opens the port at which the frames of guests arrive; there is one at most. What waits there is bounded, all in all
 * and for each guest; the rest is dropped, and a guest asks again. */
status mesh_desk(mesh *m, transport **out, failure *err);

/* Who sent a frame that arrived at the desk: the key as Z85, proved by CURVE. */
const char *mesh_guest(const struct frame *f);

/* Sends its guest these bytes, at most CHANNEL_FRAME; never waits. Dropped when the guest is gone. */
void mesh_answer(mesh *m, const struct frame *asked, slice bytes);

/* The nonce of this start, which every frame from here carries: another one tells that a node was restarted. */
uint64_t mesh_nonce(const mesh *m);

/* "telco (10.0.1.7:7001)"; lives as long as the mesh. */
const char *mesh_label(const mesh *m, unsigned member);

/* Closes sockets and removes ipc files. Channels must be closed first. */
void mesh_close(mesh *m);

/* The 32 bytes of a key, secret or public: what X25519 takes. False when it is no key. */
enum { KEY_RAW = 32 };
bool mesh_key_raw(uint8_t out[KEY_RAW], const char *z85);

/* E_CONFIG when this is not the secret key that belongs to the public key of `name`. */
status mesh_check_key(const char *secret_key, const char *public_key, const char *name, failure *err);

/* A fresh CURVE key pair as Z85 text with NUL. */
status mesh_keypair(char public_key[KEY_TEXT + 1], char secret_key[KEY_TEXT + 1], failure *err);

#endif

/* The hello: before any share is sent, all members compare what they are about to run. */
#ifndef MOOT_RUNTIME_HANDSHAKE_H
#define MOOT_RUNTIME_HANDSHAKE_H

#include "runtime/session.h"

/* Exchanges hellos over c and compares them. Writes to id the hash of all of them, which includes a fresh
 * nonce of every member. E_CONFIG names the first thing that differs, with both values and whose they are. */
status handshake(const session_config *cfg, channel *c, uint8_t id[SESSION_ID], failure *err);

#endif

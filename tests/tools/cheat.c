/* For LD_PRELOAD: changes the lowest bit of the last byte of one data frame that a process sends, before libzmq encrypts it.
 *
 * MOOT_CHEAT  which one, from 0 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

enum { AT_KIND = 3, KIND_DATA = 2, HEADER = 32 }; /* of net/frame.c */

static bool lies_now(size_t len, const uint8_t *data)
{
    static long sent; /* all by one thread, which has the sockets */
    const char *which = getenv("MOOT_CHEAT");

    return which && len > HEADER && data[AT_KIND] == KIND_DATA && sent++ == strtol(which, NULL, 10);
}

int zmq_msg_send(zmq_msg_t *msg, void *socket, int flags)
{
    int (*real)(zmq_msg_t *, void *, int) =
        (int (*)(zmq_msg_t *, void *, int))dlsym(RTLD_NEXT, "zmq_msg_send");
    const size_t len = zmq_msg_size(msg);
    uint8_t *data = zmq_msg_data(msg);

    if (lies_now(len, data)) {
        data[len - 1] ^= 1;
        fprintf(stderr, "this party lies\n");
    }
    return real(msg, socket, flags);
}

/* An engine, a program, and three parties on this machine, for the tests of moot.h. */
#include "session_world.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

moot_engine *opened(const moot_options *options)
{
    moot_engine *e = NULL;

    cr_assert_eq(moot_open(options, &e), MOOT_OK);
    return e;
}

moot_program *compiled(moot_engine *e, const char *source)
{
    moot_program *p = NULL;
    char *text = NULL;
    int rc = moot_compile(e, "savers.moot", source, strlen(source), NULL, &p, &text);

    cr_assert_eq(rc, MOOT_OK, "%s", text);
    moot_free(e, text);
    return p;
}

/* A port that was free a moment ago. */
unsigned free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    return ntohs(at.sin_port);
}

void write_parties(char *text, size_t size, const char *role, char secret[PARTIES][KEY_TEXT + 1])
{
    int at = snprintf(text, size,
                      "{\"version\":1,\"session\":\"api\",\"security\":\"passive\","
                      "\"limits\":{\"peer_timeout\":\"30s\"},\"parties\":[");

    for (int k = 0; k < PARTIES; k++) {
        char public_key[KEY_TEXT + 1];
        cr_assert_eq(mesh_keypair(public_key, secret[k], NULL), OK);
        at += snprintf(
            text + at,
            size - (size_t)at, "%s{\"name\":\"s%d\",\"role\":\"%s\",\"address\":\"tcp://127.0.0.1:%u\",\"public_key\":\"%s\"}",
            k ? "," : "", k, role, free_port(), public_key);
    }
    snprintf(text + at, size - (size_t)at, "]}");
}

void replace_in(char *out, size_t size, const char *text, const char *before, const char *after)
{
    const char *at = strstr(text, before);

    cr_assert_not_null(at);
    snprintf(out, size, "%.*s%s%s", (int)(at - text), text, after, at + strlen(before));
}

void rename_session(char *text, size_t size, const char *parties, const char *session)
{
    char named[64];

    snprintf(named, sizeof named, "\"session\":\"%s\"", session);
    replace_in(text, size, parties, "\"session\":\"api\"", named);
}

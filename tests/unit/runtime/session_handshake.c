/* The hello over a real mesh: who agrees gets one session id, who does not is told what differs. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/mesh.h"
#include "runtime/handshake.h"
#include "runtime/source.h"

enum { MEMBERS = 4 };

static const char SOURCE[] = "party giver[4]\n"
                             "param rate = 2\n"
                             "input x from giver : int 0..9\n"
                             "output y to all : int\n"
                             "x total rate * reveal y\n";

typedef struct member {
    session_config cfg;
    mesh_peer peer[MEMBERS];
    unsigned self;
    slice says; /* this instead of the hello of our version */
    uint8_t id[SESSION_ID];
    status st;
    failure err;
} member;

/* A hello of somebody else's making. */
static status say(channel *c, slice hello, failure *err)
{
    slice theirs[MEMBERS];
    status st = channel_hello(c, hello, theirs, err);

    for (unsigned k = 0; !st && k < MEMBERS; k++) free((void *)theirs[k].data);
    return st;
}

static void *meet(void *arg)
{
    static const uint8_t tag_of_test[16] = "handshake test";
    member *m = arg;
    mesh_config cfg = {.self = m->self,
                       .members = MEMBERS,
                       .peer = m->peer,
                       .peer_timeout_ms = 5000,
                       .start_timeout_ms = 5000};
    mesh *net = NULL;
    channel *c = NULL;

    if ((m->st = mesh_open(&net, &cfg, &m->err))) return NULL;
    if (!(m->st = mesh_channel(net, tag_of_test, &c, &m->err))) {
        m->st = m->says.len ? say(c, m->says, &m->err) : handshake(&m->cfg, c, m->id, &m->err);
        if (m->st)
            channel_stop(c, &m->err);
        else
            channel_finish(c);
        channel_close(c);
    }
    mesh_close(net);
    return NULL;
}

static program *compiled(const char *source, const char *rate)
{
    setting set[] = {{.name = "rate", .value = rate}};
    compile_request req = {.file = "x.moot",
                           .source = {(const uint8_t *)source, strlen(source)},
                           .set = set,
                           .sets = rate ? 1 : 0};
    report rep = {0};
    failure err = {0};
    program *p = NULL;

    cr_assert_eq(compile_verified(&req, &p, &rep, NULL, &err), OK, "%s", err.text);
    report_free(&rep);
    return p;
}

static launch *launched(const program *p)
{
    failure err = {0};
    launch *l = NULL;

    cr_assert_eq(launch_local(&l, p, 0, 0, &err), OK, "%s", err.text);
    return l;
}

/* Lets members 0, 1, 2 meet with `common` and the last with `odd`, or saying `says` when that is something. */
static void gather_with(member m[MEMBERS], const session_config *common, const session_config *odd,
                        slice says)
{
    char folder[] = "/tmp/moot-test-XXXXXX", address[MEMBERS][64];
    pthread_t thread[MEMBERS];

    cr_assert(mkdtemp(folder));
    for (unsigned k = 0; k < MEMBERS; k++)
        snprintf(address[k], sizeof address[k], "ipc://%s/%u", folder, k);
    for (unsigned k = 0; k < MEMBERS; k++) {
        m[k] = (member){.cfg = k == MEMBERS - 1 ? *odd : *common, .self = k};
        for (unsigned j = 0; j < MEMBERS; j++)
            m[k].peer[j] = (mesh_peer){common->launch->name[j], address[j], NULL};
    }
    m[MEMBERS - 1].says = says;
    for (unsigned k = 0; k < MEMBERS; k++)
        cr_assert_eq(pthread_create(&thread[k], NULL, meet, &m[k]), 0);
    for (unsigned k = 0; k < MEMBERS; k++) pthread_join(thread[k], NULL);
    cr_expect_eq(rmdir(folder), 0, "the mesh removes its sockets");
}

static void gather(member m[MEMBERS], const session_config *common, const session_config *odd)
{
    gather_with(m, common, odd, (slice){NULL, 0});
}

static session_config config_of(const program *p, const launch *l)
{
    return (session_config){.program = p, .launch = l, .name = "test", .truncation = "exact"};
}

Test(handshake, gives_all_the_same_fresh_session_id, .timeout = 30)
{
    program *p = compiled(SOURCE, NULL);
    launch *l = launched(p);
    session_config cfg = config_of(p, l);
    member first[MEMBERS], second[MEMBERS];

    gather(first, &cfg, &cfg);
    gather(second, &cfg, &cfg);
    for (unsigned k = 0; k < MEMBERS; k++) {
        cr_assert_eq(first[k].st, OK, "%s", first[k].err.text);
        cr_expect_arr_eq(first[k].id, first[0].id, SESSION_ID);
        cr_expect_arr_neq(first[k].id, second[k].id, SESSION_ID, "nonces are fresh");
    }
    launch_free(l);
    program_free(p);
}

/* Everybody must fail with exit code 4 and this text. */
static void expect_refusal(const session_config *common, const session_config *odd,
                           const char *const *says)
{
    member m[MEMBERS];

    gather(m, common, odd);
    for (unsigned k = 0; k < MEMBERS; k++) {
        cr_expect_eq(m[k].st, E_CONFIG, "member %u: %d %s", k, (int)m[k].st, m[k].err.text);
        cr_expect_str_eq(m[k].err.code, "N01");
        for (const char *const *s = says; *s; s++)
            cr_expect(strstr(m[k].err.text, *s), "member %u: wanted `%s`, got `%s`", k, *s,
                      m[k].err.text);
    }
}

Test(handshake, names_another_version_of_the_protocol, .timeout = 30)
{
    static const uint8_t other[] = "\x14\0\0\0the protocol version\x01\0\0\0"
                                   "2\x05\0\0\0mixed\x02\0\0\0no";
    program *p = compiled(SOURCE, NULL);
    launch *l = launched(p);
    session_config cfg = config_of(p, l);
    member m[MEMBERS];

    gather_with(m, &cfg, &cfg, (slice){other, sizeof other - 1});
    for (unsigned k = 0; k < MEMBERS - 1; k++) {
        cr_expect_eq(m[k].st, E_CONFIG, "member %u: %s", k, m[k].err.text);
        cr_expect_str_eq(m[k].err.code, "N01");
        cr_expect(strstr(m[k].err.text, "the protocol version"), "%s", m[k].err.text);
    }
    launch_free(l);
    program_free(p);
}

Test(handshake, names_a_param_that_differs_with_both_values, .timeout = 30)
{
    program *p = compiled(SOURCE, NULL), *q = compiled(SOURCE, "3");
    launch *l = launched(p);
    session_config cfg = config_of(p, l), odd = config_of(q, l);
    static const char *const says[] = {"param `rate`", "`giver-3` has 3", " has 2", NULL};

    expect_refusal(&cfg, &odd, says);
    launch_free(l);
    program_free(p);
    program_free(q);
}

Test(handshake, names_the_first_line_where_programs_differ, .timeout = 30)
{
    static const char other[] = "party giver[4]\n"
                                "param rate = 2\n"
                                "input x from giver : int 0..9\n"
                                "output y to all : int\n"
                                "x maximum rate * reveal y\n";
    program *p = compiled(SOURCE, NULL), *q = compiled(other, NULL);
    launch *l = launched(p);
    session_config cfg = config_of(p, l), odd = config_of(q, l);
    static const char *const says[] = {"the program", "line 5 of x.moot", NULL};

    expect_refusal(&cfg, &odd, says);
    launch_free(l);
    program_free(p);
    program_free(q);
}

Test(handshake, names_another_number_of_nodes_and_another_threshold, .timeout = 60)
{
    program *p = compiled(SOURCE, NULL);
    launch *l = launched(p), fewer = *l, bolder = *l;
    session_config cfg = config_of(p, l), odd = config_of(p, &fewer);
    static const char *const nodes[] = {"the number of nodes", "`giver-3` has 3", " has 4", NULL};
    static const char *const threshold[] = {"the threshold", "`giver-3` has 2", " has 1", NULL};

    fewer.nodes = 3;
    bolder.threshold = 2;
    expect_refusal(&cfg, &odd, nodes);
    odd.launch = &bolder;
    expect_refusal(&cfg, &odd, threshold);
    launch_free(l);
    program_free(p);
}

Test(handshake, names_other_terms, .timeout = 60)
{
    program *p = compiled(SOURCE, NULL);
    launch *l = launched(p), by_king = *l;
    session_config cfg = config_of(p, l), odd = cfg;
    static const char *const session[] = {"the session", "yesterday", NULL};
    static const char *const multiply[] = {"the way to multiply", "`giver-3` has king", NULL};

    odd.name = "yesterday";
    expect_refusal(&cfg, &odd, session);
    odd = cfg;
    by_king.multiply = MULTIPLY_KING;
    odd.launch = &by_king;
    expect_refusal(&cfg, &odd, multiply);
    launch_free(l);
    program_free(p);
}

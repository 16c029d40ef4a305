/* Reads who this is; waits for signals in a thread of its own, so that what they do may take locks. */
#include "runtime/cli/identity.h"

#include "runtime/cli/cli.h"
#include "runtime/confine.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static status wanted(const arguments *args, const char *flag, const char *given, failure *err)
{
    if (given) return OK;
    fail(err, E_USAGE, "", "`moot %s` wants `%s`", args->command->name, flag);
    fail_add(err, "help: moot %s --help", args->command->name);
    return E_USAGE;
}

status identity_read(identity *out, config_kind sort, const arguments *args, failure *err)
{
    buffer text = {0};
    status st;

    confine_begin();
    if ((st = wanted(args, "--config FILE", args->config, err))) return st;
    if ((st = wanted(args, "--as NAME", args->as, err))) return st;
    if ((st = wanted(args, "--key FILE", args->key, err))) return st;
    if (!(st = cli_read(args->config, &text, err)))
        st = config_parse(&out->config, sort,
                          (slice){text.data ? text.data : (const uint8_t *)"", text.len},
                          args->config, err);
    buffer_free(&text);
    if (!st) st = config_find(&out->config, args->as, &out->self, err);
    if (!st && out->self >= out->config.parties && sort != CONFIG_SESSION)
        st = fail(err, E_CONFIG, "N02",
                  "\"%s\" has no \"address\": it only submits\nhelp: moot submit --help", args->as);
    return st ? st : secret_key_read(&out->key, args->key, err);
}

void identity_free(identity *id)
{
    secret_key_free(id->key);
    config_free(&id->config);
    *id = (identity){0};
    confine_end();
}

/* --- signals */

struct interrupt {
    pthread_t thread;
    sigset_t signals, before;
    pthread_mutex_t lock; /* of what follows */
    int came;
    bool ending;
    void (*cancel)(void *target);
    void *target;
};

/* True when the process is to go on. */
static bool take_signal(interrupt *i, int number)
{
    bool go_on;

    pthread_mutex_lock(&i->lock);
    if (i->came && !i->ending) _exit(128 + number);
    go_on = !i->ending;
    if (go_on) {
        i->came = number;
        if (i->target) i->cancel(i->target);
    }
    pthread_mutex_unlock(&i->lock);
    return go_on;
}

static void *wait_for_signals(void *arg)
{
    interrupt *i = arg;
    int number;

    while (sigwait(&i->signals, &number) || take_signal(i, number)) {}
    return NULL;
}

/* One that was ignored when we came (nohup) stays so. */
static void choose_signals(sigset_t *set)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction now;

    sigemptyset(set);
    for (size_t k = 0; k < sizeof ending / sizeof *ending; k++)
        if (sigaction(ending[k], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(set, ending[k]);
    sigaddset(set, SIGUSR1); /* ours: ends the thread */
}

status interrupt_begin(interrupt **out, failure *err)
{
    interrupt *i = calloc(1, sizeof *i);
    int error;

    *out = NULL;
    if (!i) return fail_memory(err);
    pthread_mutex_init(&i->lock, NULL);
    choose_signals(&i->signals);
    pthread_sigmask(SIG_BLOCK, &i->signals, &i->before);
    if (!(error = pthread_create(&i->thread, NULL, wait_for_signals, i))) {
        *out = i;
        return OK;
    }
    pthread_sigmask(SIG_SETMASK, &i->before, NULL);
    free(i);
    return fail(err, E_LIMIT, "", "cannot start a thread: %s", strerror(error));
}

bool interrupt_arm(interrupt *i, void (*cancel)(void *target), void *target)
{
    bool go_on;

    pthread_mutex_lock(&i->lock);
    i->cancel = cancel, i->target = target;
    go_on = !i->came;
    pthread_mutex_unlock(&i->lock);
    return go_on;
}

int interrupt_end(interrupt *i)
{
    int came;

    if (!i) return 0;
    pthread_mutex_lock(&i->lock);
    i->ending = true;
    pthread_mutex_unlock(&i->lock);
    pthread_kill(i->thread, SIGUSR1);
    pthread_join(i->thread, NULL);
    came = i->came;
    pthread_sigmask(SIG_SETMASK, &i->before, NULL);
    pthread_mutex_destroy(&i->lock);
    free(i);
    return came;
}

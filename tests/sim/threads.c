/* Threads of simulated processes: each is a fiber of its own. The linker puts these in the place of the system's
 * (CMakeLists.txt). */
#include "world_parts.h"

#include <errno.h>
#include <pthread.h>

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *),
                          void *arg)
{
    mesh *m = world.running->mesh;

    (void)how;
    if (m && m->starved) return EAGAIN;
    *thread = (pthread_t)(uintptr_t)actor_new(m, run, arg, world.now);
    return 0;
}

int __wrap_pthread_join(pthread_t thread, void **result);
int __wrap_pthread_join(pthread_t thread, void **result)
{
    actor *a = (actor *)(uintptr_t)thread;

    (void)result;
    a->joiner = world.running;
    while (!a->ended) sleep_until(world.running, TRANSPORT_FOREVER);
    return 0;
}

void sim_sleep(int64_t ms)
{
    const int64_t until = world.now + ms * MS;

    while (world.now < until) sleep_until(world.running, until);
}

bool sim_gone(void)
{
    return world.running->mesh && world.running->mesh->gone;
}

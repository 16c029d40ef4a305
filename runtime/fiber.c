/* Fibers on ucontext with stacks of their own, a guard page below each; see fiber.h. The sanitizers and
 * valgrind are told of every stack and switch. */
#define _GNU_SOURCE
#include "runtime/fiber.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#include <valgrind/valgrind.h>
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(start, end) 0u
#define VALGRIND_STACK_DEREGISTER(id) (void)(id)
#define VALGRIND_MAKE_MEM_UNDEFINED(start, len) (void)0
#endif

enum { STACK = 512 * 1024, PAGE_LEAST = 4096 };

struct fiber {
    fiber_pool *pool;
    fiber *next; /* in the pool, while it has ended */
    void (*run)(void *);
    void *arg;
    bool ended;
    uint8_t *memory; /* guard page, then the stack */
    size_t guard;
    unsigned valgrind_id;
    ucontext_t here, caller;
    const void *caller_stack; /* for ASan: where fiber_stop goes back to */
    size_t caller_size;
    void *fake_stack, *caller_fake_stack;
    void *tsan, *tsan_caller;
};

struct fiber_pool {
    fiber *idle;
};

static void before_switch(fiber *f, bool into)
{
#ifdef WITH_ASAN
    if (into)
        __sanitizer_start_switch_fiber(&f->caller_fake_stack, f->memory + f->guard, STACK);
    else
        __sanitizer_start_switch_fiber(f->ended ? NULL : &f->fake_stack, f->caller_stack,
                                       f->caller_size);
#endif
    (void)f, (void)into;
}

static void after_switch(fiber *f, bool into)
{
#ifdef WITH_ASAN
    if (into)
        __sanitizer_finish_switch_fiber(f->fake_stack, &f->caller_stack, &f->caller_size);
    else
        __sanitizer_finish_switch_fiber(f->caller_fake_stack, NULL, NULL);
#endif
    (void)f, (void)into;
}

/* What swapcontext does; AddressSanitizer takes that one amiss, though it is told of the switch. */
static __attribute__((noinline, no_sanitize("thread"))) void switch_context(ucontext_t *from,
                                                                            const ucontext_t *to,
                                                                            void *tsan)
{
    volatile bool back = false;
    getcontext(from);
    if (back) return;
    back = true;
#ifdef WITH_TSAN
    __tsan_switch_to_fiber(tsan,
                           0); /* the last call on this stack, so that none returns on the other */
#endif
    (void)tsan;
    setcontext(to);
}

static void fiber_main(unsigned high, unsigned low)
{
    fiber *f = (fiber *)((uintptr_t)high << 32 | low); /* makecontext passes ints only */

    after_switch(f, true);
    f->run(f->arg);
    f->ended = true;
    before_switch(f, false);
    switch_context(&f->here, &f->caller, f->tsan_caller);
}

/* Most of a stack has never been used, and takes no memory yet: only the pages that are there are cleansed. */
static void stack_cleanse(const fiber *f)
{
    const size_t page = f->guard, pages = STACK / page;
    uint8_t *stack = f->memory + f->guard;
    unsigned char there[STACK / PAGE_LEAST];
    bool known = !mincore(stack, STACK, there);

    for (size_t k = 0; k < pages; k++)
        if (!known || there[k] & 1) OPENSSL_cleanse(stack + k * page, page);
}

static void fiber_free(fiber *f)
{
    VALGRIND_MAKE_MEM_UNDEFINED(f->memory + f->guard, STACK); /* no stack any more */
    stack_cleanse(f);
    VALGRIND_STACK_DEREGISTER(f->valgrind_id);
    munmap(f->memory, f->guard + STACK);
    free(f);
}

static fiber *fiber_make(fiber_pool *pool)
{
    fiber *f = calloc(1, sizeof *f);
    if (!f) return NULL;
    f->pool = pool;
    f->guard = (size_t)sysconf(_SC_PAGESIZE);
    f->memory =
        mmap(NULL, f->guard + STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (f->memory == MAP_FAILED) {
        free(f);
        return NULL;
    }
    if (mprotect(f->memory, f->guard, PROT_NONE)) {
        munmap(f->memory, f->guard + STACK);
        free(f);
        return NULL;
    }
    f->valgrind_id = VALGRIND_STACK_REGISTER(f->memory + f->guard, f->memory + f->guard + STACK);
    return f;
}

fiber_pool *fiber_pool_new(void)
{
    return calloc(1, sizeof(fiber_pool));
}

void fiber_pool_free(fiber_pool *pool)
{
    if (!pool) return;
    for (fiber *f = pool->idle, *next; f; f = next) {
        next = f->next;
        fiber_free(f);
    }
    free(pool);
}

/* Apart from its caller, whose locals gcc would think lost when getcontext returns again. */
static __attribute__((noinline)) void prepare(fiber *f)
{
    getcontext(&f->here);
    f->here.uc_stack.ss_sp = f->memory + f->guard;
    f->here.uc_stack.ss_size = STACK;
    f->here.uc_link = NULL;
    makecontext(&f->here, (void (*)(void))fiber_main, 2, (unsigned)((uintptr_t)f >> 32),
                (unsigned)(uintptr_t)f);
}

fiber *fiber_new(fiber_pool *pool, void (*run)(void *), void *arg)
{
    fiber *f = pool->idle;

    if (f)
        pool->idle = f->next;
    else if (!(f = fiber_make(pool)))
        return NULL;
    f->run = run, f->arg = arg, f->ended = false, f->fake_stack = NULL;
    prepare(f);
#ifdef WITH_TSAN
    f->tsan = __tsan_create_fiber(0);
#endif
    return f;
}

void fiber_drop(fiber *f)
{
#ifdef WITH_ASAN
    /* frames that never returned: the next use of these pages is none of theirs */
    __asan_unpoison_memory_region(f->memory + f->guard, STACK);
#endif
#ifdef WITH_TSAN
    __tsan_destroy_fiber(f->tsan);
#endif
    f->next = f->pool->idle;
    f->pool->idle = f;
}

bool fiber_resume(fiber *f)
{
#ifdef WITH_TSAN
    f->tsan_caller = __tsan_get_current_fiber();
#endif
    before_switch(f, true);
    switch_context(&f->caller, &f->here, f->tsan);
    after_switch(f, false);
    if (!f->ended) return true;
    fiber_drop(f);
    return false;
}

void fiber_stop(fiber *f)
{
    before_switch(f, false);
    switch_context(&f->here, &f->caller, f->tsan_caller);
    after_switch(f, true);
}

/* For LD_PRELOAD: looks through every block that is freed, and through all writable memory at the end of the process,
 * for planted bytes; each place goes to a report. Blocks that libzmq frees are its own.
 *
 * MOOT_PLANTED    what to look for: NAME=HEX,NAME=HEX…
 * MOOT_LEFTOVERS  the report, to which lines are appended */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void __libc_free(void *);

enum { PLANTED_MAX = 8, BYTES_MAX = 64, FRAMES = 12 };

/* Kept with each bit turned, so that it is not found here. */
typedef struct planted {
    char name[32];
    uint8_t turned[BYTES_MAX];
    size_t len;
} planted;

static planted known[PLANTED_MAX];
static size_t knowns;
static int report = -1;
static __thread bool busy;

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* NAME=HEX; where the next begins. */
static const char *read_planted(const char *s, planted *p)
{
    size_t name = strcspn(s, "=");
    const char *hex = s + name + 1;

    snprintf(p->name, sizeof p->name, "%.*s", (int)name, s);
    for (; hex[0] && hex[0] != ',' && p->len < BYTES_MAX; hex += 2)
        p->turned[p->len++] = (uint8_t) ~(digit(hex[0]) << 4 | digit(hex[1]));
    return *hex ? hex + 1 : hex;
}

static __attribute__((constructor)) void begin(void)
{
    const char *s = getenv("MOOT_PLANTED"), *path = getenv("MOOT_LEFTOVERS");
    void *warm[FRAMES];

    busy = true;
    backtrace(warm, FRAMES); /* loads what it needs now */
    while (s && *s && knowns < PLANTED_MAX) s = read_planted(s, &known[knowns++]);
    if (path) report = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    busy = false;
}

static bool is_at(const planted *p, const uint8_t *at)
{
    size_t k = 0;

    while (k < p->len && (at[k] ^ p->turned[k]) == 0xff) k++;
    return k == p->len;
}

static const planted *find(const uint8_t *at, size_t len)
{
    for (const planted *p = known; p < known + knowns; p++) {
        const uint8_t *from = at, *end = at + len;
        while (p->len && (size_t)(end - from) >= p->len &&
               (from = memchr(from, (uint8_t)~p->turned[0], (size_t)(end - from) - p->len + 1))) {
            if (is_at(p, from)) return p;
            from++;
        }
    }
    return NULL;
}

static void tell(const char *where, const planted *p, size_t len)
{
    void *frame[FRAMES];
    int frames;

    busy = true;
    dprintf(report, "%s: %s in %zu bytes (pid %d)\n", p->name, where, len, (int)getpid());
    frames = backtrace(frame, FRAMES);
    backtrace_symbols_fd(frame, frames, report);
    busy = false;
}

static bool is_libzmq(const void *caller)
{
    Dl_info from;

    return dladdr(caller, &from) && from.dli_fname && strstr(from.dli_fname, "libzmq");
}

static void look_at(void *block, const void *caller)
{
    const size_t len = block ? malloc_usable_size(block) : 0;
    const planted *p = report >= 0 && !busy && len ? find(block, len) : NULL;

    if (p && !is_libzmq(caller)) tell("freed", p, len);
}

void free(void *block)
{
    look_at(block, __builtin_return_address(0));
    __libc_free(block);
}

/* Always to another place, so that what is left behind is seen. */
void *realloc(void *block, size_t size)
{
    void *fresh = __libc_malloc(size);
    size_t had = block ? malloc_usable_size(block) : 0;

    if (!fresh) return NULL;
    if (block) memcpy(fresh, block, had < size ? had : size);
    look_at(block, __builtin_return_address(0));
    __libc_free(block);
    return fresh;
}

/* --- the end */

static void look_at_all(void)
{
    static char line[512];
    unsigned long from, to;
    char rights[8], name[256];
    FILE *maps;

    if (report < 0) return;
    busy = true;
    maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        name[0] = '\0';
        if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %255s", &from, &to, rights, name) < 3) continue;
        if (rights[0] != 'r' || rights[1] != 'w' || strstr(name, "[stack]")) continue;
        const planted *p = find((const uint8_t *)from, to - from);
        if (p)
            dprintf(report, "%s: at the end in %s (pid %d)\n", p->name, name[0] ? name : "a map",
                    (int)getpid());
    }
    if (maps) fclose(maps);
    busy = false;
}

static __attribute__((destructor)) void end(void)
{
    look_at_all();
}

void _exit(int code)
{
    look_at_all();
    syscall(SYS_exit_group, code);
    __builtin_unreachable();
}

/* Core dumps, tracing and open files of this process. */
#include "runtime/confine.h"

#include <sys/prctl.h>
#include <sys/resource.h>

static void raise_file_limit(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files)) return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

void confine_begin(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    raise_file_limit();
}

void confine_end(void)
{
    prctl(PR_SET_DUMPABLE, 1);
}

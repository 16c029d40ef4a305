/* A program outside the repository that uses the installed library. Valid C11 and C++17. */
#include <moot.h>
#include <stdio.h>

int main(void)
{
    moot_options options = {0};
    moot_engine *engine = NULL;

    options.size = sizeof options;
    options.abi = MOOT_ABI;
    int rc = moot_open(&options, &engine);
    if (rc != MOOT_OK) {
        fprintf(stderr, "%s\n", moot_strerror(rc));
        return 1;
    }
    moot_close(engine);
    puts(moot_version());
    return 0;
}

// A C++17 program outside the repository that uses the installed library.
#include <moot.h>
#include <cstdio>

int main()
{
    moot_options options = {};
    moot_engine *engine = nullptr;

    options.size = sizeof options;
    options.abi = MOOT_ABI;
    int rc = moot_open(&options, &engine);
    if (rc != MOOT_OK) {
        std::fprintf(stderr, "%s\n", moot_strerror(rc));
        return 1;
    }
    moot_close(engine);
    std::puts(moot_version());
    return 0;
}

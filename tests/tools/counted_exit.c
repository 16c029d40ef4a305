/* In a build that counts which lines are reached: _exit, which would end a process without what it has counted. */
#include <gcov.h>
#include <unistd.h>

_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);

void __wrap__exit(int code)
{
    __gcov_dump();
    __real__exit(code);
}

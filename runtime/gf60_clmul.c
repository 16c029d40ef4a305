/* GF(2^60) by the carry-less multiplication of x86-64; see gf60_kernels.h. */
#ifdef __x86_64__
#include "runtime/gf60_clmul.h"

#define GF60_KERNELS gf60_clmul
#define GF60_HALVES gf60_add_halves_clmul
#include "runtime/gf60_kernels.h"
#endif

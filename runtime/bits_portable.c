/* The kernels of bits.h for any processor. */
#define BITS_LINKAGE
#define BITS_KERNELS bits_portable
#define BITS_NAME "portable"
#include "runtime/bits_kernels.h"

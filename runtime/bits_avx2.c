/* The kernels of bits.h for processors with AVX2; see cmake/vectors.cmake. */
#ifdef __AVX2__
#define BITS_LINKAGE static
#define BITS_KERNELS bits_for_avx2
#define BITS_NAME "avx2"
#include "runtime/bits_kernels.h"
const bit_kernels *const bits_avx2 = &bits_for_avx2;
#else
#include "runtime/bits.h"
const bit_kernels *const bits_avx2 = NULL;
#endif

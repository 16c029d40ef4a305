/* The kernels of bits.h for processors with AVX-512; see cmake/vectors.cmake. */
#ifdef __AVX512F__
#define BITS_LINKAGE static
#define BITS_KERNELS bits_for_avx512
#define BITS_NAME "avx512"
#include "runtime/bits_kernels.h"
const bit_kernels *const bits_avx512 = &bits_for_avx512;
#else
#include "runtime/bits.h"
const bit_kernels *const bits_avx512 = NULL;
#endif

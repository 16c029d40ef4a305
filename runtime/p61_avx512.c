/* The field of 2^61 - 1 on processors with AVX-512 (F, VL, DQ, BW). */
#ifdef __AVX512F__
#include "runtime/p61_lanes512.h"
#define elem_matmul p61_matmul
#include "runtime/field_kernels.h"

const field field_p61_avx512 = {FIELD_KERNELS};

#endif

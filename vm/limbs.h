/* Arithmetic on integers in the clear that are wider than a num: two's complement of `words` words each, lowest
 * first. Functions that may outgrow the words say whether the result fits; out may be an operand. */
#ifndef MOOT_VM_LIMBS_H
#define MOOT_VM_LIMBS_H

#include "vm/wide.h"

void limbs_set(uint64_t *out, int64_t a, unsigned words);
bool limbs_is_zero(const uint64_t *a, unsigned words);
int limbs_compare(const uint64_t *a, const uint64_t *b,
                  unsigned words); /* signed: below, at, above 0 */

bool limbs_add(uint64_t *out, const uint64_t *a, const uint64_t *b, unsigned words);
bool limbs_sub(uint64_t *out, const uint64_t *a, const uint64_t *b, unsigned words);
bool limbs_mul(uint64_t *out, const uint64_t *a, const uint64_t *b, unsigned words);
void limbs_floor_div(uint64_t *out, const uint64_t *a, const uint64_t *b,
                     unsigned words); /* by 0: 0 */
void limbs_floor_mod(uint64_t *out, const uint64_t *a, const uint64_t *b, unsigned words);
void limbs_shift_floor(uint64_t *out, const uint64_t *a, unsigned f, unsigned words);

/* a * b and a + b and a - b in 0 … p-1, for a positive p of `words` words. */
void limbs_mul_mod(uint64_t *out, const uint64_t *a, const uint64_t *b, const uint64_t *p,
                   unsigned words);
void limbs_add_mod(uint64_t *out, const uint64_t *a, const uint64_t *b, const uint64_t *p,
                   unsigned words);
void limbs_sub_mod(uint64_t *out, const uint64_t *a, const uint64_t *b, const uint64_t *p,
                   unsigned words);

#endif

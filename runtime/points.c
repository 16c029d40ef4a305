/* Polynomials at the points of the nodes; see points.h. */
#include "runtime/points.h"

static element difference(const field *f, unsigned a, unsigned b)
{
    return field_minus(f, element_of(a), element_of(b));
}

void lagrange(const field *f, element *out, const unsigned *xs, size_t count, unsigned at)
{
    for (size_t k = 0; k < count; k++) {
        element above = element_of(1), below = element_of(1);
        for (size_t j = 0; j < count; j++) {
            if (j == k) continue;
            above = f->times(f, above, difference(f, at, xs[j]));
            below = f->times(f, below, difference(f, xs[k], xs[j]));
        }
        out[k] = f->times(f, above, field_inverse(f, below));
    }
}

element set_function(const field *f, uint32_t members, unsigned nodes, unsigned at)
{
    element above = element_of(1), below = element_of(1);
    for (unsigned k = 0; k < nodes; k++) {
        if (members >> k & 1) continue;
        above = f->times(f, above, difference(f, at, k + 1));
        below = f->times(f, below, difference(f, 0, k + 1));
    }
    return f->times(f, above, field_inverse(f, below));
}

/* Constants of GF(2^m), the fields in which bits are shared: m = 2 for 3 nodes, 3 up to 7, 4 up to 15, 5 up to
 * 31. Node k stands at the element k + 1. Everything here is public; vectors of shares are bits.h's. */
#ifndef MOOT_RUNTIME_GF2M_H
#define MOOT_RUNTIME_GF2M_H

#include "vm/base.h"

enum { GF2M_MOST = 5 };

typedef uint8_t gf2m; /* an element: bit k is the coefficient of x^k */

/* The smallest m whose field has a point for each node. */
unsigned gf2m_degree(unsigned nodes);

gf2m gf2m_times(unsigned m, gf2m a, gf2m b);
gf2m gf2m_inverse(unsigned m, gf2m a);   /* 0 of 0 */
unsigned gf2m_trace(unsigned m, gf2m a); /* to GF(2): 0 or 1 */
gf2m gf2m_of_trace_1(unsigned m);        /* the smallest element of trace 1 */

/* The linear function a -> Tr(c a), as the coefficients of a that are added up. */
gf2m gf2m_trace_of_product(unsigned m, gf2m c);

/* What the value at node `at` counts in the value at 0 of a polynomial of degree below the number of nodes
 * in `among` (a bit for each node), which holds `at`. */
gf2m gf2m_lagrange(unsigned m, uint32_t among, unsigned at);

/* The same for values at 0 and at the nodes of `among`, in the value at node `to`; at = NODE_ZERO: that at 0. */
enum { NODE_ZERO = 31 };
gf2m gf2m_lagrange_at(unsigned m, uint32_t among, unsigned at, unsigned to);

/* The set function of A (a bit for each node) at a node: 1 at 0, 0 at the nodes outside A, of degree n - |A|. */
gf2m gf2m_set_function(unsigned m, uint32_t members, unsigned nodes, unsigned node);

#endif

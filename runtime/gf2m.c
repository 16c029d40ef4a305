/* Arithmetic on single elements of GF(2^m); see gf2m.h. */
#include "runtime/gf2m.h"

/* Irreducible polynomials of degree 2 to 5. */
static const unsigned modulus[GF2M_MOST + 1] = {0, 0, 0x7, 0xb, 0x13, 0x25};

unsigned gf2m_degree(unsigned nodes)
{
    unsigned m = 2;
    while (nodes >> m) m++;
    return m;
}

gf2m gf2m_times(unsigned m, gf2m a, gf2m b)
{
    unsigned product = 0;
    for (unsigned k = 0; k < m; k++)
        if (b >> k & 1) product ^= (unsigned)a << k;
    for (unsigned k = 2 * m; k-- > m;)
        if (product >> k & 1) product ^= modulus[m] << (k - m);
    return (gf2m)product;
}

gf2m gf2m_inverse(unsigned m, gf2m a)
{
    gf2m r = 1; /* a^(2^m - 2) */
    for (unsigned k = 1; k < m; k++) {
        a = gf2m_times(m, a, a);
        r = gf2m_times(m, r, a);
    }
    return r;
}

unsigned gf2m_trace(unsigned m, gf2m a)
{
    gf2m sum = 0;
    for (unsigned k = 0; k < m; k++) {
        sum ^= a;
        a = gf2m_times(m, a, a);
    }
    return sum;
}

gf2m gf2m_of_trace_1(unsigned m)
{
    gf2m a = 1;
    while (!gf2m_trace(m, a)) a++;
    return a;
}

gf2m gf2m_trace_of_product(unsigned m, gf2m c)
{
    unsigned row = 0;
    for (unsigned k = 0; k < m; k++) row |= gf2m_trace(m, gf2m_times(m, c, (gf2m)(1 << k))) << k;
    return (gf2m)row;
}

/* (to - x) / (at - x); in characteristic 2 a difference is a sum. */
static gf2m quotient(unsigned m, unsigned to, unsigned at, unsigned x)
{
    return gf2m_times(m, (gf2m)(to ^ x), gf2m_inverse(m, (gf2m)(at ^ x)));
}

static unsigned point(unsigned node)
{
    return node + 1;
}

gf2m gf2m_lagrange(unsigned m, uint32_t among, unsigned at)
{
    gf2m c = 1;
    for (unsigned k = 0; among >> k; k++)
        if (among >> k & 1 && k != at) c = gf2m_times(m, c, quotient(m, 0, point(at), point(k)));
    return c;
}

gf2m gf2m_lagrange_at(unsigned m, uint32_t among, unsigned at, unsigned to)
{
    unsigned x = at == NODE_ZERO ? 0 : point(at);
    gf2m c = at == NODE_ZERO ? 1 : quotient(m, point(to), x, 0);
    for (unsigned k = 0; among >> k; k++)
        if (among >> k & 1 && k != at) c = gf2m_times(m, c, quotient(m, point(to), x, point(k)));
    return c;
}

gf2m gf2m_set_function(unsigned m, uint32_t members, unsigned nodes, unsigned node)
{
    gf2m c = 1;
    for (unsigned k = 0; k < nodes; k++)
        if (!(members >> k & 1)) c = gf2m_times(m, c, quotient(m, point(node), 0, point(k)));
    return c;
}

#!/usr/bin/env python3
"""Derives compiler/chebyshev.def: the Chebyshev series that exp, ln, sigmoid and tanh are computed by.

    chebyshev.py           prints the table
    chebyshev.py --check F  fails unless F is what it prints

The series of a smooth function, cut after any degree, is nearly the best polynomial of that degree, and what is
cut is at most the sum of the sizes of the coefficients left out (Trefethen, Approximation Theory and
Approximation Practice, chapters 3 and 16). Coefficients come from the function at the points cos(pi (j + 1/2) / N),
in decimals of 60 places, and are rounded to multiples of 2^-62.
"""
import sys
from decimal import Decimal, getcontext

getcontext().prec = 60
POINTS = 48
SCALE = 2**62
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640629")


def cosine(x):
    """By its power series; |x| is at most pi times the number of points."""
    x %= 2 * PI
    term = total = Decimal(1)
    k = 0
    while abs(term) > Decimal(10) ** -58:
        k += 2
        term *= -x * x / (k * (k - 1))
        total += term
    return total


COSINE = [cosine(PI * j / (2 * POINTS)) for j in range(4 * POINTS)]


def series(function):
    """Coefficients of `function` on -1 … 1, as multiples of 2^-62, as far as they are not 0."""
    values = [function(COSINE[2 * j + 1]) for j in range(POINTS)]
    result = []
    for k in range(POINTS):
        total = sum(v * COSINE[(2 * j + 1) * k % (4 * POINTS)] for j, v in enumerate(values))
        a = int((total * (2 if k else 1) / POINTS * SCALE).to_integral_value())
        result.append(a)
    while result and result[-1] == 0:
        result.pop()
    return result


def row(function, comment):
    return "SERIES(%s) /* %s */" % (", ".join("%d" % a for a in series(function)), comment)


def table():
    ln2 = Decimal(2).ln()
    lines = [
        "/* Chebyshev series on -1 … 1 in units of 2^-62, made by tests/tools/chebyshev.py. */",
        "// clang-format off",
        row(lambda v: ((v + 1) / 2 * ln2).exp() / 2, "2^((v + 1) / 2) / 2"),
        row(lambda v: ((v + 3) / 4).ln(), "ln((v + 3) / 4)"),
    ]
    for j in range(SEGMENTS):
        lines.append(row(lambda v: 1 / (1 + (-(v + 2 * j + 1)).exp()),
                         "sigmoid(v + %d)" % (2 * j + 1)))
    return "\n".join(lines + ["// clang-format on", ""])


SEGMENTS = 16

if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="utf-8") as f:
            sys.exit(0 if f.read() == table() else "%s is not what chebyshev.py prints" % sys.argv[2])
    sys.stdout.write(table())

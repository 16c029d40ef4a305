"""Fixed-point numbers as docs/language.md defines them: multiples of 2^-20 held as integers, floor everywhere."""

from decimal import Decimal
from math import isqrt

BITS = 20
ONE = 1 << BITS


def from_decimal(x):
    """The nearest multiple of 2^-20 to a JSON number."""
    numerator, denominator = Decimal(str(x)).as_integer_ratio()
    return nearest(numerator * ONE, denominator)


def nearest(a, b):
    """a / b, half up."""
    return (2 * a + b) // (2 * b)


def divide(a, b):
    """floor(a / b) at 20 fraction bits, of two integers of one scale."""
    return a * ONE // b


def multiply(a, b):
    return (a * b) >> BITS


def root(a):
    """The floor of the square root; 0 for negatives."""
    return isqrt(max(a, 0) << BITS)


def to_json(a):
    """The shortest decimal that names this multiple of 2^-20 and no other."""
    for places in range(8):
        scale = 10**places
        text = nearest(a * scale, ONE)
        if nearest(text * ONE, scale) == a:
            return text if places == 0 else text / scale
    raise AssertionError("seven places always do")

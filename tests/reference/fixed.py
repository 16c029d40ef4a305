"""Fixed-point numbers as docs/language.md defines them: multiples of 2^-20 held as integers, floor everywhere."""

from decimal import Decimal
from fractions import Fraction
from math import isqrt

BITS = 20
ONE = 1 << BITS


def from_decimal(x):
    """The nearest multiple of 2^-20 to a JSON number."""
    scaled = Fraction(Decimal(str(x))) * ONE
    return (scaled + Fraction(1, 2)).__floor__()


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
        text = (Fraction(a, ONE) * scale + Fraction(1, 2)).__floor__()
        if from_decimal(Decimal(text) / scale) == a:
            return text if places == 0 else float(Decimal(text) / scale)
    raise AssertionError("seven places always do")

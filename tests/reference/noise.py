"""How far noise reaches: each bound is passed by one draw in 10^11 at most, whatever the draws of a test run."""

import math

ODDS = 1e-11


def laplace(sensitivity, epsilon):
    """P(|x| > b) = 2 q^(b + 1) / (1 + q), q = e^(-epsilon / sensitivity)."""
    return math.ceil(math.log(2 / ODDS) * sensitivity / epsilon)


def gaussian(sigma):
    """P(|x| > 6.9 sigma) is about 5 10^-12."""
    return 6.9 * sigma

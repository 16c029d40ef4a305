"""How far noise reaches: each bound is passed by one draw in 10^11 at most, whatever the draws of a test run."""

import math

ODDS = 1e-11


def laplace(sensitivity, epsilon):
    """P(|x| > b) = 2 q^(b + 1) / (1 + q), q = e^(-epsilon / sensitivity)."""
    return math.ceil(math.log(2 / ODDS) * sensitivity / epsilon)


def sigma(sensitivity, epsilon, delta):
    """Of `gaussian-for`: for this rho sigma is sensitivity / sqrt(2 rho), and rho + 2 sqrt(rho ln(1 / delta)) = epsilon."""
    far = math.log(1 / delta)
    return sensitivity / (math.sqrt(2) * (math.sqrt(far + epsilon) - math.sqrt(far)))


def gaussian(sigma):
    """P(|x| > 6.9 sigma) is about 5 10^-12."""
    return 6.9 * sigma

"""The outputs that programs/psi-align.moot must have, but for the last digits: the roots of two sums and their product
are the divisor of a quotient, each floored at 2^-20."""

from math import sqrt

TOLERANCE = {"rho": 1e-4}


def of_size(rng, each):
    keys = rng.sample(range(10**9), each + each * 7 // 10)
    spend = [round(rng.uniform(0, 100), 2) for _ in range(each)]
    balance = [round(min(100, max(0, s + rng.gauss(0, 20))), 2) for s in spend[each * 7 // 10:] + spend[:each * 7 // 10]]
    return {"shop": {"customer": keys[:each], "spend": spend}, "bank": {"account": keys[each * 7 // 10:], "balance": balance}}


def large(rng):
    """10,000 customers, 10,000 accounts."""
    return of_size(rng, 10_000)


def huge(rng):
    """100,000 customers, 100,000 accounts."""
    return of_size(rng, 100_000)


def outputs(data):
    balance = dict(zip(data["bank"]["account"], data["bank"]["balance"]))
    pairs = [(s, balance[c]) for c, s in zip(data["shop"]["customer"], data["shop"]["spend"]) if c in balance]
    x, y = zip(*pairs)
    a, b = ([v - sum(of) / len(of) for v in of] for of in (x, y))
    correlation = sum(i * j for i, j in zip(a, b)) / sqrt(sum(i * i for i in a) * sum(j * j for j in b))
    learned = {"matched": len(pairs), "rho": round(correlation, 7)}
    return {"shop": learned, "bank": learned}

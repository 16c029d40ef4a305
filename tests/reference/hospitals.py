"""The outputs that programs/hospitals.moot must have, but for the last digits: a division by a secret may be
2 units of 2^-20 off, the square of one up to 130 then 2 * 130 times that, and the root of a difference more."""

from statistics import fmean, median, pstdev, pvariance

TOLERANCE = {"mu": 2 / 2**20, "spread": 524 / 2**20, "sigma": 1e-3}
EDGES = [0, 18, 40, 65, 80, 131]


def large(rng):
    """about 250,000 patients."""
    sizes = 99_000, 61_500, 88_003
    return {"hospital": [{"age": [min(int(rng.gammavariate(4, 12)), 130) for _ in range(n)]} for n in sizes]}


def outputs(data):
    ages = [age for h in data["hospital"] for age in h["age"]]
    groups = [sum(low <= age < high for age in ages) for low, high in zip(EDGES, EDGES[1:])]
    learned = {"mu": round(fmean(ages), 7), "spread": round(pvariance(ages), 7), "sigma": round(pstdev(ages), 7),
               "groups": groups, "middle": median(ages)}
    return {"hospital": [learned for _ in data["hospital"]]}

"""The outputs that programs/hospitals.moot must have, but for the last digits: a division by a secret may be
2 units of 2^-20 off, and the root of a difference of two such quotients more."""

from statistics import fmean, pstdev

TOLERANCE = {"mu": 2 / 2**20, "sigma": 1e-3}


def outputs(data):
    ages = [age for h in data["hospital"] for age in h["age"]]
    learned = {"mu": round(fmean(ages), 7), "sigma": round(pstdev(ages), 7)}
    return {"hospital": [learned for _ in data["hospital"]]}

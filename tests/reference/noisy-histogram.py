"""Counts by age group and the mean age, without the noise."""

import noise

NOISE = {"groups": noise.laplace(1, 1), "mean-age": noise.gaussian(0.05)}
TOLERANCE = {"mean-age": 2**-20}
EDGES = [0, 18, 35, 50, 65, 1000]


def outputs(data):
    ages = [age for town in data["town"] for age in town["age"]]
    groups = [sum(low <= age < high for age in ages) for low, high in zip(EDGES, EDGES[1:])]
    told = {"groups": groups, "mean-age": sum(ages) / len(ages)}
    return {"town": [told for _ in data["town"]]}

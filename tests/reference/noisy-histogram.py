"""Counts by age group, all ages together and the mean age, without the noise."""

import noise

OLDEST, EPSILON, DELTA = 120, 1, 0.00001
PEOPLE = 1_200  # of the sample
NOISE = {"groups": noise.laplace(1, EPSILON), "ages": noise.gaussian(noise.sigma(OLDEST, EPSILON, DELTA))}
EDGES = [0, 18, 35, 50, 65, 1000]
# What the noise of the ages and that of the five counts can move a mean: at most so far, of so many people.
NOISE["mean-age"] = (NOISE["ages"] + OLDEST * 5 * NOISE["groups"]) / (PEOPLE - 5 * NOISE["groups"])


def outputs(data):
    ages = [age for town in data["town"] for age in town["age"]]
    groups = [sum(low <= age < high for age in ages) for low, high in zip(EDGES, EDGES[1:])]
    told = {"groups": groups, "ages": sum(ages), "mean-age": sum(ages) / len(ages)}
    return {"town": [told for _ in data["town"]]}

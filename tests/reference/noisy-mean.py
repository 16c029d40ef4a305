"""How many work at night and how long they were ill, without the noise."""

import noise

MOST, EPSILON = 30, 0.5
# The mean is noised sum by noised number: anything it can be.
NOISE = {"people": noise.laplace(1, EPSILON), "ill": noise.laplace(MOST, EPSILON), "mean-ill": MOST}


def large(rng):
    """1,000 workers."""
    return {"worker": [{"night": rng.random() < 0.3, "days": int(rng.expovariate(1 / 8))} for _ in range(1_000)]}


def outputs(data):
    ill = [min(w["days"], MOST) for w in data["worker"] if w["night"]]
    told = {"people": len(ill), "ill": sum(ill), "mean-ill": sum(ill) / max(len(ill), 1)}
    return {"worker": [told for _ in data["worker"]]}

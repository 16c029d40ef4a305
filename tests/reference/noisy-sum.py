"""What all households use, without the noise."""

import noise

MOST, EPSILON, DELTA = 5_000, 0.9, 0.00001
NOISE = {"whole": noise.gaussian(noise.sigma(MOST, EPSILON, DELTA))}


def large(rng):
    """1,000 households."""
    return {"household": [{"used": int(rng.lognormvariate(8, 0.5))} for _ in range(1_000)]}


def outputs(data):
    whole = sum(min(home["used"], MOST) for home in data["household"])
    return {"household": [{"whole": whole} for _ in data["household"]]}

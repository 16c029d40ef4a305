"""How many are sick, without the noise."""

import noise

NOISE = {"cases": noise.laplace(1, 0.5)}


def outputs(data):
    cases = sum(sum(clinic["sick"]) for clinic in data["clinic"])
    return {"clinic": [{"cases": cases} for _ in data["clinic"]]}

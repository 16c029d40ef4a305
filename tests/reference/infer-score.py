"""The outputs that programs/infer-score.moot must have. Data to 8 that are rounded to 2^-20 may move a sum of five products
by 40 units, of which the sigmoid, nowhere steeper than 1/4, passes on ten; its own error and the floor are two more."""

from math import exp

TOLERANCE = {"fraud": 12 / 2**20}


def large(rng):
    """1,000 rows."""

    def some(*dims):
        return [some(*dims[1:]) for _ in range(dims[0])] if dims else round(rng.uniform(-2, 2), 3)

    features = {"bank": {"spend": some(1000, 3)}, "telco": {"calls": some(1000, 2)}}
    return {**features, "vendor": {"weight": some(5), "bias": some()}}


def outputs(data):
    weight, bias = data["vendor"]["weight"], data["vendor"]["bias"]
    rows = [s + c for s, c in zip(data["bank"]["spend"], data["telco"]["calls"])]
    scores = [sum(w * x for w, x in zip(weight, row)) + bias for row in rows]
    return {"bank": {"fraud": [round(1 / (1 + exp(-s)), 7) for s in scores]}, "telco": {}, "vendor": {}}

"""The outputs that programs/train-logistic.moot must have, but for what ten rounds of fixed point lose."""

import fixed
from linear import dot, rounded, sigmoid

TOLERANCE = {"model": 1e-3, "bias": 1e-3, "right": 0.005}
REAL = "breast-cancer"
EPOCHS, BATCHES, RATE = 10, 1, 1.0


def step(rows, truth, model):
    wrong = [sigmoid(dot(model, row)) - t for row, t in zip(rows, truth)]
    return [w - RATE * dot(wrong, column) / len(rows) for w, column in zip(model, zip(*rows))]


def outputs(data):
    rows = [row + [1] for clinic in data["clinic"] for row in clinic["x"]]
    truth = [label for clinic in data["clinic"] for label in clinic["y"]]
    size, model = len(rows) // BATCHES, [0.0] * len(rows[0])
    for _ in range(EPOCHS):
        for k in range(0, size * BATCHES, size):
            model = step(rows[k : k + size], truth[k : k + size], model)
    hits = sum((dot(row, model) > 0) == t for row, t in zip(rows, truth))
    right = fixed.to_json(fixed.divide(hits, len(rows)))
    learned = {"model": rounded(model[:-1]), "bias": rounded(model[-1]), "right": right}
    return {"clinic": [learned for _ in data["clinic"]]}

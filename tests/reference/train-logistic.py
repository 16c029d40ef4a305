"""The outputs that programs/train-logistic.moot must have, but for what thirty rounds of fixed point lose."""

from math import exp

TOLERANCE = {"model": 1e-3}
EPOCHS, RATE = 30, 0.5


def step(rows, truth, model):
    wrong = [1 / (1 + exp(-sum(w * x for w, x in zip(model, row)))) - t for row, t in zip(rows, truth)]
    slope = [sum(e * x for e, x in zip(wrong, column)) for column in zip(*rows)]
    return [w - RATE * s / len(rows) for w, s in zip(model, slope)]


def outputs(data):
    rows = [row for supplier in data["supplier"] for row in supplier["x"]]
    truth = [label for supplier in data["supplier"] for label in supplier["y"]]
    model = [0.0] * len(rows[0])
    for _ in range(EPOCHS):
        model = step(rows, truth, model)
    learned = {"model": [round(w, 7) for w in model]}
    return {"supplier": [learned for _ in data["supplier"]]}

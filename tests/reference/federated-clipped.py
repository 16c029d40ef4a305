"""The outputs that programs/federated-clipped.moot must have without noise, but for the last digits: each number of an
update is scaled by a quotient of two roundings."""

from math import sqrt

BOUND = 1.0
TOLERANCE = {"model": 1e-5}


def large(rng):
    """100 clients of 100,000 values."""
    clients = [{"update": [rng.gauss(0, 0.004) for _ in range(100_000)]} for _ in range(100)]
    return {"client": clients, "coordinator": {}}


def clipped(update):
    norm = sqrt(sum(v * v for v in update))
    return [v * BOUND / max(norm, BOUND) for v in update]


def outputs(data):
    updates = [clipped(client["update"]) for client in data["client"]]
    mean = [round(sum(column) / len(updates), 7) for column in zip(*updates)]
    return {"client": [{} for _ in updates], "coordinator": {"model": mean}}

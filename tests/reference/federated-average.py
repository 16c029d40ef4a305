"""The outputs that programs/federated-average.moot must have."""

import fixed


def large(rng):
    """3 clients of 1,000,000 values."""
    update = [round(rng.uniform(-1, 1), 6) for _ in range(1_000_000)]
    return {"client": [{"update": update[k:] + update[:k], "samples": 1000 * k + 200} for k in range(3)]}


def outputs(data):
    clients = data["client"]
    seen = sum(c["samples"] for c in clients)
    updates = [[fixed.from_decimal(u) for u in c["update"]] for c in clients]
    sums = [sum(c["samples"] * u for c, u in zip(clients, column)) for column in zip(*updates)]
    learned = {"seen": seen, "summed": [fixed.to_json(s) for s in sums], "model": [fixed.to_json(s // seen) for s in sums]}
    return {"client": [learned for _ in clients]}

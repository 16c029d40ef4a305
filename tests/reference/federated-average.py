"""The outputs that programs/federated-average.moot must have."""

import fixed


def outputs(data):
    clients = data["client"]
    seen = sum(c["samples"] for c in clients)
    updates = [[fixed.from_decimal(u) for u in c["update"]] for c in clients]
    sums = [sum(c["samples"] * u for c, u in zip(clients, column)) for column in zip(*updates)]
    learned = {"seen": seen, "model": [fixed.to_json(s // seen) for s in sums]}
    return {"client": [learned for _ in clients]}

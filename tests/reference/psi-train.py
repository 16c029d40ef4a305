"""The outputs that programs/psi-train.moot must have, in floating point."""

from linear import columns, dot, mean, ridge, rounded

LAMBDA = 0.01
TOLERANCE = {"model": 1e-3}


def large(rng):
    """10,000 keys each."""
    def owner(first, name, key, wide):
        rows = [[round(max(-8, min(8, rng.gauss(0, 1.5))), 3) for _ in range(wide)] for _ in range(10_000)]
        return {key: keys[first : first + 10_000], name: rows}

    keys = rng.sample(range(10**9), 16_000)
    data = {"shop": owner(0, "bought", "customer", 2), "bank": owner(3_000, "owned", "account", 2), "insurer": owner(6_000, "claimed", "policy", 1)}
    # Of the customers that all have, the claims follow what they bought and own.
    for k, claim in enumerate(data["insurer"]["claimed"][:4_000]):
        x = data["shop"]["bought"][6_000 + k] + data["bank"]["owned"][3_000 + k]
        claim[0] = round(max(-8, min(8, dot(x, [0.5, -0.25, 1, 0.125]) + claim[0] / 4)), 3)
    data["insurer"]["claimed"] = [claim for claim, in data["insurer"]["claimed"]]
    return data


def by_key(owner, key, name):
    return {str(k): row for k, row in zip(owner[key], owner[name])}


def outputs(data):
    owned, claimed = by_key(data["bank"], "account", "owned"), by_key(data["insurer"], "policy", "claimed")
    shop = [(str(k), row) for k, row in zip(data["shop"]["customer"], data["shop"]["bought"])]
    rows, claims = zip(*((row + owned[k], claimed[k]) for k, row in shop if k in owned and k in claimed))
    x = [[v - mean(column) for v in column] for column in columns(rows)]
    y = [c - mean(claims) for c in claims]
    every = len(shop)  # rows without a hit are there, as zeros
    model = ridge([[dot(a, b) / every for b in x] for a in x], [dot(a, y) / every for a in x], LAMBDA)
    learned = {"matched": len(rows), "model": rounded(model)}
    return {party: learned for party in ("shop", "bank", "insurer")}

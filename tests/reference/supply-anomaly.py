"""The outputs that programs/supply-anomaly.moot must have, in floating point."""

from linear import columns, dot, mean, solve

LIMIT = 16.81


def large(rng):
    """1,000 shipments."""
    return shipments(rng, 1000)


def shipments(rng, rows):
    """Six features that vary together, and one shipment in forty is out of the ordinary in what no one column shows."""
    data = {"made": [], "moved": [], "received": []}
    for k in range(rows):
        hot, late = rng.gauss(0, 1), rng.gauss(0, 1)
        odd = 6 if k % 40 == 7 else 0
        data["made"].append([round(20 + 2 * rng.gauss(0, 1), 2), round(12 + hot + rng.gauss(0, 0.4), 2)])
        data["moved"].append([round(30 + 8 * late, 1), round(24 + 3 * hot + rng.gauss(0, 1), 1)])
        missing, days = 4 + hot + rng.gauss(0, 0.5) + odd, 14 + 4 * late + rng.gauss(0, 1) - odd
        data["received"].append([round(missing, 2), round(days, 1)])
    owners = {"maker": "made", "shipper": "moved", "retailer": "received"}
    return {who: {what: data[what]} for who, what in owners.items()}


def standardised(column):
    apart = [x - mean(column) for x in column]
    sigma = mean([a * a for a in apart]) ** 0.5
    return [a / sigma if sigma else 0 for a in apart]


def outputs(data):
    parts = data["maker"]["made"], data["shipper"]["moved"], data["retailer"]["received"]
    rows = [a + b + c for a, b, c in zip(*parts)]
    z = [standardised(column) for column in columns(rows)]
    together = [[dot(a, b) / len(rows) for b in z] for a in z]
    flag = [dot(row, solve(together, row)) > LIMIT for row in columns(z)]
    flagged = {"flagged": sum(flag)}
    return {"maker": {"flag": flag, **flagged}, "shipper": flagged, "retailer": flagged}

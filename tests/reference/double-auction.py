"""The outputs that programs/double-auction.moot must have: prices are tried one by one."""


def large(rng):
    """1,000 farmers, 4,000 prices."""
    return {"farmer": [{"curve": curve(rng, 4000)} for _ in range(1000)]}


def curve(rng, steps):
    jumps = sorted(rng.randrange(steps) for _ in range(rng.randint(1, 12)))
    now, at, values = rng.randint(-50, 400), 0, []
    for step in range(steps):
        while at < len(jumps) and jumps[at] == step:
            now, at = max(now - rng.randint(1, 60), -1000), at + 1
        values.append(now)
    return values


def outputs(data):
    given = [f["curve"] for f in data["farmer"]]
    curves = [c if all(a >= b for a, b in zip(c, c[1:])) else [0] * len(c) for c in given]
    for price, amounts in enumerate(zip(*curves)):
        demand, supply = sum(a for a in amounts if a > 0), -sum(a for a in amounts if a < 0)
        if demand <= supply:
            break
    return {"farmer": [{"price": price, "volume": min(demand, supply), "mine": m} for m in amounts]}

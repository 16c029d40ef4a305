"""The outputs that programs/transfer.moot must have."""


def large(rng):
    """100,000 items."""
    return {"sender": {"item": [rng.randrange(10**9) for _ in range(100_000)]}, "chooser": {"choice": 77_123}}


def outputs(data):
    items, choice = data["sender"]["item"], data["chooser"]["choice"]
    return {"sender": {}, "chooser": {"chosen": items[choice] if choice < len(items) else 0}}

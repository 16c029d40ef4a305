"""The outputs that programs/psi-hits.moot must have."""


def large(rng):
    """10,000 customers, 10,000 accounts."""
    keys = rng.sample(range(10**9), 17_000)
    return {"shop": {"customer": keys[:10_000]}, "bank": {"account": keys[7_000:]}}


def outputs(data):
    accounts = {str(account) for account in data["bank"]["account"]}
    return {"shop": {"hit": [str(c) in accounts for c in data["shop"]["customer"]]}, "bank": {}}

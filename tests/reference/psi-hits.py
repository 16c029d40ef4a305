"""The outputs that programs/psi-hits.moot must have."""


def large(rng):
    """2,000 customers, 2,000 accounts."""
    keys = rng.sample(range(10**9), 3_400)
    return {"shop": {"customer": keys[:2_000]}, "bank": {"account": keys[1_400:]}}


def outputs(data):
    accounts = {str(account) for account in data["bank"]["account"]}
    return {"shop": {"hit": [str(c) in accounts for c in data["shop"]["customer"]]}, "bank": {}}

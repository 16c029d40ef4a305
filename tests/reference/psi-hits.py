"""The outputs that programs/psi-hits.moot must have."""


def of_size(rng, each):
    keys = rng.sample(range(10**9), each + each * 7 // 10)
    return {"shop": {"customer": keys[:each]}, "bank": {"account": keys[each * 7 // 10:]}}


def large(rng):
    """10,000 customers, 10,000 accounts."""
    return of_size(rng, 10_000)


def huge(rng):
    """100,000 customers, 100,000 accounts."""
    return of_size(rng, 100_000)


def outputs(data):
    accounts = {str(account) for account in data["bank"]["account"]}
    return {"shop": {"hit": [str(c) in accounts for c in data["shop"]["customer"]]}, "bank": {}}

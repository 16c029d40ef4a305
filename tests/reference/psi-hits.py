"""The outputs that programs/psi-hits.moot must have."""


def outputs(data):
    accounts = {str(account) for account in data["bank"]["account"]}
    return {"shop": {"hit": [str(c) in accounts for c in data["shop"]["customer"]]}, "bank": {}}

"""The outputs that programs/transfer.moot must have."""


def outputs(data):
    items, choice = data["sender"]["item"], data["chooser"]["choice"]
    return {"sender": {}, "chooser": {"chosen": items[choice] if choice < len(items) else 0}}

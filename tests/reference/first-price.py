"""The outputs that programs/first-price.moot must have."""


def outputs(data):
    offers = list(zip(*(b["bid"] for b in data["bidder"])))
    price = [max(o) for o in offers]
    winner = [o.index(max(o)) for o in offers]
    return {"bidder": [{"price": price, "winner": winner} for _ in data["bidder"]]}

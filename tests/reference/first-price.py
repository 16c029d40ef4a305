"""The outputs that programs/first-price.moot must have."""

RESERVE = 50


def large(rng):
    """1,000 bidders, 3 items."""
    return {"auctioneer": {}, "bidder": [{"bid": [rng.randint(0, 2000) for _ in range(3)]} for _ in range(1000)]}


def outputs(data):
    offers = list(zip(*(b["bid"] for b in data["bidder"])))
    sold = [max(o) >= RESERVE for o in offers]
    price = {"price": [max(o) if s else 0 for o, s in zip(offers, sold)]}
    winner = [o.index(max(o)) if s else -1 for o, s in zip(offers, sold)]
    return {"auctioneer": {**price, "winner": winner}, "bidder": [price for _ in data["bidder"]]}

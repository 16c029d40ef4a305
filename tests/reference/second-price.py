"""The outputs that programs/second-price.moot must have, without a reserve."""


def large(rng):
    """1,000 bidders, the best two alike."""
    bids = [rng.randint(0, 900_000) for _ in range(998)] + [950_000, 950_000]
    rng.shuffle(bids)
    return {"auctioneer": {}, "bidder": [{"bid": b} for b in bids]}


def outputs(data):
    bids = [b["bid"] for b in data["bidder"]]
    winner = bids.index(max(bids))
    price = max(bids[:winner] + bids[winner + 1 :] + [0])
    return {
        "auctioneer": {"price": price, "winner": winner},
        "bidder": [{"price": price} for _ in bids],
    }

"""The outputs that programs/second-price.moot must have."""


def outputs(data):
    bids = [b["bid"] for b in data["bidder"]]
    winner = bids.index(max(bids))
    price = max(bids[:winner] + bids[winner + 1 :] + [0])
    return {
        "auctioneer": {"price": price, "winner": winner},
        "bidder": [{"price": price} for _ in bids],
    }

"""The outputs that programs/uniform-price-auction.moot must have."""

SUPPLY, RESERVE = 10, 100


def large(rng):
    """1,000 bidders."""
    return {"bidder": [{"bid": rng.randint(50, 200), "units": rng.randint(0, 3)} for _ in range(1000)]}


def outputs(data):
    bidders = data["bidder"]
    queue = sorted((-b["bid"], who, b["units"]) for who, b in enumerate(bidders) if b["bid"] >= RESERVE)
    left, price, mine = SUPPLY, RESERVE, [0] * len(bidders)
    for bid, who, units in queue:
        mine[who] = min(units, left)
        left -= mine[who]
        if mine[who] < units:
            price = max(price, -bid)
    return {"bidder": [{"price": price, "sold": SUPPLY - left, "mine": m} for m in mine]}

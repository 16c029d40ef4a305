"""Ballots that give each candidate a place."""


def large(rng):
    """1,000 voters, 4 candidates; one voter in twenty gives a place twice."""
    return {"voter": [{"ballot": ballot(rng)} for _ in range(1000)]}


def ballot(rng):
    places = [0, 1, 2, 3]
    rng.shuffle(places)
    if rng.random() < 0.05:
        places[1] = places[0]
    return places


def heard(data):
    """The ballots that give every place once, and how many do not."""
    ballots = [voter["ballot"] for voter in data["voter"]]
    good = [b for b in ballots if sorted(b) == list(range(len(b)))]
    return good, len(ballots) - len(good)

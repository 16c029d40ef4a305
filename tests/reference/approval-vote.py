"""The outputs that programs/approval-vote.moot must have."""

MOST = 2


def large(rng):
    """1,000 voters, 5 candidates."""
    return {"voter": [{"ballot": [rng.random() < 0.3 for _ in range(5)]} for _ in range(1000)]}


def outputs(data):
    ballots = [voter["ballot"] for voter in data["voter"]]
    heard = [ballot for ballot in ballots if sum(ballot) <= MOST]
    votes = [sum(column) for column in zip(*heard)] if heard else [0] * len(ballots[0])
    learned = {"votes": votes, "spoiled": len(ballots) - len(heard), "winner": votes.index(max(votes))}
    return {"voter": [learned for _ in ballots]}

"""The outputs that programs/borda-vote.moot must have."""

from ranked import heard, large  # noqa: F401


def outputs(data):
    ballots, spoiled = heard(data)
    candidates = range(len(data["voter"][0]["ballot"]))
    points = [sum(len(candidates) - 1 - ballot[c] for ballot in ballots) for c in candidates]
    learned = {"points": points, "spoiled": spoiled, "winner": points.index(max(points))}
    return {"voter": [learned for _ in data["voter"]]}

"""The outputs that programs/runoff-vote.moot must have."""

from ranked import heard, large  # noqa: F401


def outputs(data):
    ballots, spoiled = heard(data)
    alive, out = list(range(len(data["voter"][0]["ballot"]))), []
    while len(alive) > 1:
        first = [min(alive, key=lambda c: ballot[c]) for ballot in ballots]
        fewest = min(first.count(c) for c in alive)
        out.append(max(c for c in alive if first.count(c) == fewest))
        alive.remove(out[-1])
    learned = {"spoiled": spoiled, "out": out, "winner": alive[0]}
    return {"voter": [learned for _ in data["voter"]]}

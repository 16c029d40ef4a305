"""The outputs that programs/rivals.moot must have. The area of each ends in a division by a secret."""

CUT = 0.5
TOLERANCE = {"area": 2 / 2**20, "figures": 2 / 2**20}


def large(rng):
    """10,000 patients, scores of three digits."""
    ill = [rng.random() < 0.3 for _ in range(10_000)]
    scores = [[round(min(max(rng.gauss(0.35 + gain * i, 0.2), 0), 1), 3) for i in ill] for gain in (0.3, 0.25)]
    return {"first": {"score-1": scores[0]}, "second": {"score-2": scores[1]}, "hospital": {"ill": ill}}


def area(scores, ill):
    """Each pair of one ill and one well, by counting: ties count half."""
    below = won = 0
    for score in sorted(set(scores)):
        well, sick = ([s == score and i == truth for s, i in zip(scores, ill)].count(True) for truth in (False, True))
        won += sick * (below + well / 2)
        below += well
    return won / (ill.count(True) * ill.count(False))


def matrix(scores, ill):
    pairs = [(i, s > CUT) for s, i in zip(scores, ill)]
    return [[pairs.count((truth, told)) for told in (False, True)] for truth in (False, True)]


def figures(m):
    (well, alarm), (missed, hit) = m
    said, ill = alarm + hit, missed + hit
    shares = [(well + hit, well + alarm + ill), (hit, said), (hit, ill), (2 * hit, said + ill)]
    return [round(part / of, 7) if of else 0 for part, of in shares]


def outputs(data):
    ill, scores = data["hospital"]["ill"], [data["first"]["score-1"], data["second"]["score-2"]]
    matrices = [matrix(s, ill) for s in scores]
    learned = {
        "matrix": matrices,
        "figures": [figures(m) for m in matrices],
        "area": [round(area(s, ill), 7) for s in scores],
    }
    return {"first": learned, "second": learned, "hospital": learned}

"""The outputs that programs/benchmark-auc.moot must have: the share of pairs in which the true row scores higher, and
the F1 score of guessing above one half. Each ends in one division by a secret."""

TOLERANCE = {"area": 2 / 2**20, "f1": 2 / 2**20}


def large(rng):
    """10,000 rows, scores of two digits."""
    label = [rng.random() < 0.2 for _ in range(10_000)]
    score = [round(min(max(rng.gauss(0.4 + 0.2 * i, 0.2), 0), 1), 2) for i in label]
    return {"vendor": {"score": score}, "hospital": {"label": label}}


def outputs(data):
    score, label = data["vendor"]["score"], data["hospital"]["label"]
    yes = [s for s, is_true in zip(score, label) if is_true]
    no = [s for s, is_true in zip(score, label) if not is_true]
    won = sum((y > n) + (y == n) / 2 for y in yes for n in no)
    hits = sum(s > 0.5 for s in yes)
    guesses = sum(s > 0.5 for s in score)
    learned = {"area": round(won / (len(yes) * len(no)), 7), "f1": round(2 * hits / (guesses + len(yes)), 7)}
    return {"vendor": learned, "hospital": learned, "auditor": learned}

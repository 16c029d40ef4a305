"""The outputs that programs/train-tree.moot must have. Questions are compared by exact fractions; the program floors quotients, so
two that differ by less than 2^-19 could change places."""

from fractions import Fraction

import fixed

CUTS = [-1.0, -0.5, 0.0, 0.5, 1.0]
REAL = "breast-cancer"
TOLERANCE = {}


def mixed(rows, truth):
    """n p (1 - p) of the ill among the rows."""
    ill = sum(truth[r] for r in rows)
    return Fraction((len(rows) - ill) * ill, len(rows)) if rows else Fraction(0)


def part(rows, answer):
    return [[r for r in rows if answer[r] == side] for side in (False, True)]


def best(rows, answers, truth):
    scores = [sum(mixed(side, truth) for side in part(rows, answer)) for answer in answers]
    return scores.index(min(scores))


def outputs(data):
    x = [row for clinic in data["clinic"] for row in clinic["x"]]
    truth = [y for clinic in data["clinic"] for y in clinic["y"]]
    cols = len(x[0])
    answers = [[row[k] > cut for row in x] for cut in CUTS for k in range(cols)]
    root = best(range(len(x)), answers, truth)
    sides = part(range(len(x)), answers[root])
    branch = [best(side, answers, truth) for side in sides]
    leaves = [leaf for side, q in zip(sides, branch) for leaf in part(side, answers[q])]
    ill = [2 * sum(truth[r] for r in leaf) > len(leaf) for leaf in leaves]
    right = sum(truth[r] == is_ill for leaf, is_ill in zip(leaves, ill) for r in leaf)
    questions = [root, *branch]
    tree = {"root": root, "branch": branch, "column": [q % cols for q in questions], "cut": [fixed.to_json(int(CUTS[q // cols] * fixed.ONE)) for q in questions]}
    learned = {**tree, "ill": ill, "right": fixed.to_json(fixed.divide(right, len(x)))}
    return {"clinic": [learned for _ in data["clinic"]]}

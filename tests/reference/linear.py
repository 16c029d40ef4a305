"""What the references of models share: rows, products and how well a model does. Matrices are lists of rows."""

from math import exp


def dot(v, w):
    return sum(a * b for a, b in zip(v, w))


def columns(rows):
    return [list(column) for column in zip(*rows)]


def times(rows, matrix):
    return [[dot(row, column) for column in columns(matrix)] for row in rows]


def sigmoid(x):
    return 1 / (1 + exp(-x)) if x > -700 else 0.0


def mean(v):
    return sum(v) / len(v)


def solve(matrix, right):
    """x with matrix x = right, by elimination with exchange of rows."""
    rows = [list(row) + [r] for row, r in zip(matrix, right)]
    for i in range(len(rows)):
        best = max(range(i, len(rows)), key=lambda k: abs(rows[k][i]))
        rows[i], rows[best] = rows[best], rows[i]
        for k in range(len(rows)):
            if k != i:
                factor = rows[k][i] / rows[i][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i])]
    return [row[-1] / row[i] for i, row in enumerate(rows)]


def ridge(squares, moments, held):
    """The weights that solve (squares + held 1) w = moments."""
    return solve([[s + held * (i == k) for k, s in enumerate(row)] for i, row in enumerate(squares)], moments)


def rounded(v):
    return [rounded(x) for x in v] if isinstance(v, list) else round(v, 7)

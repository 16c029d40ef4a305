#!/usr/bin/env python3
"""What real nodes draw has the distributions that docs/language.md names: a parameter that is off by two is found, a
false alarm is rarer than 1 in 10^9."""

import math
import tempfile
from pathlib import Path

import moot

SOURCE = """party a
output l to all : int[1500]
output u to all : int[1500]
output g to all : fix[300]
output c to all : bool[1500]
1500 zeros [ drop 1 0.5 laplace ] map reveal l
1500 zeros [ drop 6 uniform ] map reveal u
300 zeros [ drop 2 gaussian ] map reveal g
1500 zeros [ drop coin ] map reveal c
"""


def expect(seen, odds, what):
    """Chi-square against 6.5 standard deviations, by Wilson and Hilferty's approximation."""
    n, df = sum(seen), len(seen) - 1
    chi = sum((s - n * p) ** 2 / (n * p) for s, p in zip(seen, odds))
    limit = df * (1 - 2 / (9 * df) + 6.5 * math.sqrt(2 / (9 * df))) ** 3
    assert chi < limit, f"{what}: chi-square {chi:.1f} of {df + 1} cells\n  {seen}"


def by_value(values, cells, odds, what):
    """The cells, and all else as one more."""
    seen = [values.count(c) for c in cells]
    rest = 1 - sum(odds)
    if rest > 1e-12:
        seen, odds = seen + [len(values) - sum(seen)], odds + [rest]
    assert sum(seen) == len(values), f"{what}: values outside\n  {values}"
    expect(seen, odds, what)


def check(told):
    q = math.exp(-0.5)
    by_value(told["l"], range(-5, 6), [(1 - q) / (1 + q) * q ** abs(v) for v in range(-5, 6)], "laplace")
    by_value(told["u"], range(6), [1 / 6] * 6, "uniform")
    by_value(told["c"], [False, True], [0.5, 0.5], "coin")
    normal = [0.5 * (1 + math.erf(x / math.sqrt(2))) for x in (-1, -0.4, 0, 0.4, 1)]
    edges = [-2, -0.8, 0, 0.8, 2, math.inf]
    cells = [sum(low <= g < high for g in told["g"]) for low, high in zip([-math.inf, *edges], edges)]
    expect(cells, [b - a for a, b in zip([0, *normal], [*normal, 1])], "gaussian")


def main():
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "noise.moot")
        program.write_text(SOURCE)
        for nodes in (3, 4):
            check(moot.run_json("run", str(program), "--nodes", str(nodes))["outputs"]["a"])


if __name__ == "__main__":
    main()

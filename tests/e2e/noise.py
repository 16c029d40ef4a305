#!/usr/bin/env python3
"""What is drawn has the distributions that docs/language.md names, by chi-square; a false alarm is rarer than 1 in 10^9.

usage: noise.py              some of each among real nodes: a parameter that is off by two is found
       noise.py DRAWS [KIND…]  DRAWS of each of laplace, uniform, gaussian, coin, on the ideal box, which draws by the same steps
"""

import math
import sys
import tempfile
from pathlib import Path

import moot

BATCH = 1000  # draws at once; more take more memory
RUN = 2_000  # draws of a run
AMONG_NODES = {"laplace": 1500, "uniform": 1500, "gaussian": 300, "coin": 1500}
WORDS = {"laplace": ("1 0.5 laplace", "int"), "uniform": ("6 uniform", "int"), "gaussian": ("2 gaussian", "fix"), "coin": ("coin", "bool")}


def source(draws):
    """A program that reveals so many draws of each kind, in rows."""
    lines = ["party a"]
    for kind, count in draws.items():
        lines.append(f"output some-{kind} to all : {WORDS[kind][1]}[{-(-count // BATCH)} {min(count, BATCH)}]")
    for kind, count in draws.items():
        draw = f"{min(count, BATCH)} zeros [ drop {WORDS[kind][0]} ] map reveal some-{kind}"
        lines.append(f"{-(-count // BATCH)} [ {draw} ] times")
    return "\n".join(lines) + "\n"


def expect(seen, odds, what):
    """Chi-square against 6.5 standard deviations, by Wilson and Hilferty's approximation."""
    n, df = sum(seen), len(seen) - 1
    chi = sum((s - n * p) ** 2 / (n * p) for s, p in zip(seen, odds))
    limit = df * (1 - 2 / (9 * df) + 6.5 * math.sqrt(2 / (9 * df))) ** 3
    print(f"{what}: {n} draws, chi-square {chi:.1f} of {df + 1} cells, at most {limit:.1f}")
    assert chi < limit, f"{what}: chi-square {chi:.1f} of {df + 1} cells\n  {seen}"


def by_value(values, cells, odds, what):
    """The cells, and all else as one more."""
    seen = [values.count(c) for c in cells]
    rest = 1 - sum(odds)
    if rest > 1e-12:
        seen, odds = seen + [len(values) - sum(seen)], odds + [rest]
    assert sum(seen) == len(values), f"{what}: values outside\n  {values}"
    expect(seen, odds, what)


def laplace(values):
    q, far = math.exp(-0.5), 5 if len(values) < 10_000 else 12  # so that few are expected in no cell
    by_value(values, range(-far, far + 1), [(1 - q) / (1 + q) * q ** abs(v) for v in range(-far, far + 1)], "laplace")


def gaussian(values):
    # In sigmas: no cell that few are expected in.
    edges = [-1, -0.4, 0, 0.4, 1] if len(values) < 10_000 else [k / 10 for k in range(-30, 31)]
    normal = [0, *(0.5 * (1 + math.erf(e / math.sqrt(2))) for e in edges), 1]
    ends = [-math.inf, *(2 * e for e in edges), math.inf]
    cells = [sum(low <= g < high for g in values) for low, high in zip(ends, ends[1:])]
    expect(cells, [b - a for a, b in zip(normal, normal[1:])], "gaussian")


CHECKS = {
    "laplace": laplace,
    "uniform": lambda values: by_value(values, range(6), [1 / 6] * 6, "uniform"),
    "gaussian": gaussian,
    "coin": lambda values: by_value(values, [False, True], [0.5, 0.5], "coin"),
}


def drawn(draws, *where):
    """What a run gives of each kind."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "noise.moot")
        program.write_text(source(draws))
        told = moot.run_json("run", str(program), *where)["outputs"]["a"]
    return {kind: [draw for row in told[f"some-{kind}"] for draw in row] for kind in draws}


def main():
    if len(sys.argv) > 1:
        runs = -(-int(sys.argv[1]) // RUN)
        for kind in sys.argv[2:] or WORDS:
            CHECKS[kind]([draw for _ in range(runs) for draw in drawn({kind: RUN}, "--ideal")[kind]])
        return
    for nodes in (3, 4):
        for kind, values in drawn(AMONG_NODES, "--nodes", str(nodes)).items():
            CHECKS[kind](values)


if __name__ == "__main__":
    main()

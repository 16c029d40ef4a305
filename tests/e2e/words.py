#!/usr/bin/env python3
"""Words that order and search, on random tables full of equal items: the ideal box gives what a few lines of Python
do, whatever the length, and real nodes give the same digits."""

import json
import random
import tempfile
from fractions import Fraction
from math import floor
from pathlib import Path

import moot

ONE = 2**20  # the unit of a fix
LONG = 500  # items, so that lists are joined and groups summed by sorting
# What belongs to one owner is sorted by the owner: `no` is the other's.
PROGRAM = """
party alice  party bob
param n  param m  param k  param groups = 4
input no    from alice : int 0..1
input v     from bob   : int[n] -100..100
input f     from bob   : fix[n] -1000..1000
input b     from bob   : bool[n]
input rows  from bob   : fix[n 2] -1000..1000
input other from alice : int[m] -100..100
input many  from alice : fix[m 3] -1000..1000
input i     from bob   : int[k] -100..100
input group from alice : int[n] -100..300
input share from alice : fix 0..1
output sorted to all : fix[n]        output down   to all : int[n]      output bools to all : bool[n]
output ranks   to all : int[n]        output orders  to all : int[n]      output by-v  to all : fix[n 2]
output by-b   to all : int[n]        output three  to all : int[3]      output middle to all : fix
output quant  to all : fix           output looked to all : int[k]      output looked-rows to all : fix[k 3]
output members to all : bool[n]       output place  to all : int[n]      output found to all : bool[n]
output aligned  to all : fix[n 3]      output edited    to all : int[n]      output edges to all : int[5]
output summed   to all : fix[groups 2]      output wide   to all : int[n]

f no +       -> fs     v no +      -> vs     b no 0 > xor -> bs    rows no + -> rs
fs sort reveal sorted           vs sort-down reveal down        bs sort reveal bools
fs rank reveal ranks             vs order reveal orders           rs vs sort-by reveal by-v
vs bs sort-by reveal by-b       vs { -101 -102 -103 } append 3 top reveal three
fs median reveal middle         fs share quantile reveal quant
other i lookup reveal looked    many i lookup reveal looked-rows
v other member reveal members    v other match reveal found reveal place
v other many align drop reveal aligned
vs i 0 at no 77 + put reveal edited
vs { -50 -1 0 1 2 } histogram reveal edges
group no + rs groups group-sum reveal summed
vs 1_000_000_000_000_000 * order reveal wide
"""


def floors(x):
    """A fix: the floor at 20 bits, as the number that JSON tells."""
    return Fraction(floor(x * ONE), ONE)


def quantile(values, share):
    at = floors(share * (len(values) - 1))
    below, part = floor(at), at - floor(at)
    pair = (sorted(values) + [0])[below : below + 2]
    return floors(pair[0] * (1 - part) + pair[1] * part)


def stable_order(keys):
    return sorted(range(len(keys)), key=lambda k: keys[k])


def at(table, k, nothing):
    return table[k] if 0 <= k < len(table) else nothing


def reference(d, groups):
    v, f, b, rows, i = (d["bob"][name] for name in ("v", "f", "b", "rows", "i"))
    other, many, group, share = (d["alice"][name] for name in ("other", "many", "group", "share"))
    order = stable_order(f)
    first = [other.index(x) if x in other else -1 for x in v]
    edges = [-50, -1, 0, 1, 2, 10**9]
    return {
        "sorted": sorted(f),
        "down": sorted(v, reverse=True),
        "bools": sorted(b),
        "ranks": [order.index(k) for k in range(len(f))],
        "orders": stable_order(v),
        "by-v": [rows[k] for k in stable_order(v)],
        "by-b": [v[k] for k in stable_order(b)],
        "three": sorted(v + [-101, -102, -103])[::-1][:3],
        "middle": quantile(f, Fraction(1, 2)),
        "quant": quantile(f, share),
        "looked": [at(other, k, 0) for k in i],
        "looked-rows": [at(many, k, [0, 0, 0]) for k in i],
        "members": [x in other for x in v],
        "place": [max(k, 0) for k in first],
        "found": [k >= 0 for k in first],
        "aligned": [at(many, k, [0, 0, 0]) for k in first],
        "edited": [77 if k == i[0] else x for k, x in enumerate(v)],
        "edges": [sum(lo <= x < hi for x in v) for lo, hi in zip(edges, edges[1:])],
        "summed": [[sum(r[c] for r, g in zip(rows, group) if g == k) for c in (0, 1)] for k in range(groups)],
        "wide": stable_order(v),
    }


def table(dice, n, most=9):
    """Small whole numbers, so that many are equal; fix that 20 bits hold."""
    whole = lambda least, most: dice.randint(least, most)
    fix = lambda: Fraction(whole(-3 * ONE, 3 * ONE) if whole(0, 1) else whole(-2, 2) * ONE // 2, ONE)
    m, reach = (whole(1, 9), 4) if most == 9 else (most, 99)
    return {
        "alice": {
            "no": 0,
            "other": [whole(-reach, reach) for _ in range(m)],
            "many": [[fix() for _ in range(3)] for _ in range(m)],
            "group": [whole(-1, most // 2) for _ in range(n)],
            "share": Fraction(whole(0, ONE), ONE),
        },
        "bob": {
            "v": [whole(-reach, reach) for _ in range(n)],
            "f": [fix() for _ in range(n)],
            "b": [bool(whole(0, 1)) for _ in range(n)],
            "rows": [[fix() for _ in range(2)] for _ in range(n)],
            "i": [whole(-2, 9) for _ in range(5)],
        },
    }


def close(got, wanted):
    """Equal; a fix is told with fewer digits than it has."""
    if isinstance(wanted, list):
        return len(got) == len(wanted) and all(map(close, got, wanted))
    if isinstance(wanted, Fraction):
        return abs(Fraction(got) - wanted) * ONE < Fraction(3, 4)
    return got == wanted


def main():
    dice = random.Random(20)
    with tempfile.TemporaryDirectory() as folder:
        program, data = Path(folder, "words.moot"), Path(folder, "words.json")
        program.write_text(PROGRAM)
        for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 16, 17, 31, 40, LONG):
            values, groups = (table(dice, n, 450), 180) if n == LONG else (table(dice, n), 4)
            sizes = ("--set", f"groups={groups}")
            data.write_text(json.dumps(values, default=float))
            wanted = reference(values, groups)
            ideal = moot.run_json("run", str(program), "--ideal", *sizes)["outputs"]["alice"]
            for name, value in wanted.items():
                assert close(ideal[name], value), f"n = {n}: {name}\n  is        {ideal[name]}\n  should be {value}"
            assert ideal.keys() == wanted.keys()
            if n in (1, 5, 8, 17, LONG):
                for nodes in ("3", "4" if n == LONG else "5"):
                    real = moot.run_json("run", str(program), "--nodes", nodes, *sizes)["outputs"]["alice"]
                    moot.expect_equal(real, ideal, f"n = {n}, {nodes} nodes")


if __name__ == "__main__":
    main()

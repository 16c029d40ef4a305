#!/usr/bin/env python3
"""A million items of every operation that works item by item, and orders of many rows: what real nodes reveal of them is
what plain arithmetic says, and costs what explain predicts.

usage: million.py [ITEMS [ROWS [FLAG…]]]: of the first operations, of the orders, and flags for `moot run`."""

import json
import random
import sys
import tempfile
from pathlib import Path

import moot

WEIGHT, SHIFT, DIVISOR, KEYS = 251, 10, 7, 1 << 31

ITEMS = f"""party a  party b  party c
param  n
input  x  from a : int[n] -{KEYS}..{KEYS}
input  y  from b : int[n] -{KEYS}..{KEYS}
input  z  from c : int[n] 0..100
input  p  from a : bool[n]
input  q  from b : bool[n]
output less to all : int
output same to all : int
output products to all : int
output inner to all : int
output floors to all : int
output parts to all : int
output chosen to all : int
output gates to all : int
output largest to all : int
output moved to all : int

n iota {WEIGHT} mod -> w            # what is revealed depends on each item, and on its place

x y <                     -> l
l w dot reveal less
x 1000 mod  y 1000 mod =  w dot reveal same
x z * sum reveal products
x z dot reveal inner
x z *  {1 << SHIFT} div   w dot reveal floors
x {DIVISOR} div           w dot reveal parts
l x y select              w dot reveal chosen
p q xor  l and  p or      w dot reveal gates
x maximum reveal largest
x shuffle sum reveal moved
"""

ROWS = f"""party a  party b  party c
param  n
input  x  from a : int[n] 0..{KEYS}
input  y  from b : int[n] 0..{KEYS}
output sorted to all : int[n]
output ranks  to all : int
output found  to all : int

n iota {WEIGHT} mod -> w
x sort reveal sorted
x rank {WEIGHT} mod w dot reveal ranks
x y member count reveal found
"""


def dot(values):
    return sum(int(v) * (i % WEIGHT) for i, v in enumerate(values))


def items(n):
    draw = random.Random(1)
    edge = [-KEYS, KEYS, 0, 1, -1]
    x = edge + [draw.randint(-KEYS, KEYS) for _ in range(n - 5)]
    y = list(reversed(edge)) + [v if draw.random() < 0.1 else draw.randint(-KEYS, KEYS) for v in x[5:]]
    z = [draw.randint(0, 100) for _ in range(n)]
    p, q = ([draw.random() < 0.5 for _ in range(n)] for _ in range(2))
    less = [a < b for a, b in zip(x, y)]
    wanted = {
        "less": dot(less),
        "same": dot(a % 1000 == b % 1000 for a, b in zip(x, y)),
        "products": sum(a * b for a, b in zip(x, z)),
        "inner": sum(a * b for a, b in zip(x, z)),
        "floors": dot(a * b >> SHIFT for a, b in zip(x, z)),
        "parts": dot(a // DIVISOR for a in x),
        "chosen": dot(a if c else b for a, b, c in zip(x, y, less)),
        "gates": dot(a or (a != b and c) for a, b, c in zip(p, q, less)),
        "largest": max(x),
        "moved": sum(x),
    }
    return ITEMS, {"a": {"x": x, "p": p}, "b": {"y": y, "q": q}, "c": {"z": z}}, wanted


def rows(n):
    draw = random.Random(2)
    x = [draw.randint(0, KEYS) for _ in range(n - n // 4)]
    x += x[: n // 4]  # equal keys
    y = [draw.choice(x) if k % 3 else draw.randint(0, KEYS) for k in range(n)]
    place = {k: r for r, k in enumerate(sorted(range(n), key=lambda k: x[k]))}
    other = set(y)
    wanted = {
        "sorted": sorted(x),
        "ranks": dot(place[k] % WEIGHT for k in range(n)),
        "found": sum(v in other for v in x),
    }
    return ROWS, {"a": {"x": x}, "b": {"y": y}, "c": {}}, wanted


def expect(folder, n, made, flags):
    source, given, wanted = made
    program, data = folder / "million.moot", folder / "million.json"
    program.write_text(source)
    data.write_text(json.dumps(given))
    told = moot.run_json("explain", str(program), "--set", f"n={n}", *flags)
    done = moot.run_json("run", str(program), "--data", str(data), "--set", f"n={n}", *flags)
    for name, value in wanted.items():
        got = done["outputs"]["c"][name]  # numbers of more than 53 bits come as text
        moot.expect_equal(int(got) if isinstance(got, str) else got, value, name)
    moot.expect_equal(moot.cost(done), moot.cost(told), "cost")


flags = sys.argv[1:]
sizes = []
while flags and flags[0].isdigit():
    sizes.append(int(flags.pop(0)))
many, few = (sizes + [1_000_000, 10_000][len(sizes) :])[:2]
with tempfile.TemporaryDirectory() as name:
    expect(Path(name), many, items(many), flags)
    expect(Path(name), few, rows(few), flags)

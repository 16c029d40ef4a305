#!/usr/bin/env python3
"""For every program of tests/language (between them they use every word), and for vectors of several frames: explain's rounds, bytes
and multiplications are those of the run, or the most that they can be, and real nodes give the same digits as the ideal box.

usage: price.py NODES…"""

import json
import sys
import tempfile
from pathlib import Path

import moot

TESTS = Path(__file__).parent.parent
LONG = """
party  left   party right
input x from left  : int[n] 0..100
input y from right : int[n] 0..100
output s to all : int
output p to all : int[n]
param n
x y *  dup sum reveal s  reveal p
"""


def expect_at_most(done, told, what):
    """Of a program that what it reveals decides about: no counter is higher than explain says."""
    for name, most in told.items():
        pairs = zip(done[name], most) if isinstance(most, list) else [(done[name], most)]
        assert all(got <= limit for got, limit in pairs), f"{what}: {done} is more than {told}"


def check(program, data, nodes, ideal):
    where = (str(program), "--data", str(data), "--nodes", str(nodes))
    told, done = moot.run_json("explain", *where), moot.run_json("run", *where)
    moot.expect_equal(done["outputs"], ideal, f"outputs of {program.stem}, {nodes} nodes")
    what = f"cost of {program.stem}, {nodes} nodes"
    if told["at_most"]:
        expect_at_most(moot.cost(done), moot.cost(told), what)
    else:
        moot.expect_equal(moot.cost(done), moot.cost(told), what)


def check_all(program, data, counts):
    ideal = moot.run_json("run", "--ideal", str(program), "--data", str(data))["outputs"]
    for nodes in counts:
        check(program, data, nodes, ideal)


def main():
    counts = [int(count) for count in sys.argv[1:]]
    programs = [(p, p.with_suffix(".json")) for p in sorted((TESTS / "language").glob("*.moot"))]
    for program, data in programs:
        check_all(program, data, counts)
    with tempfile.TemporaryDirectory() as folder:
        program, data = Path(folder, "long.moot"), Path(folder, "long.json")
        program.write_text(LONG)
        data.write_text(json.dumps({"left": {"x": [1] * 40000}, "right": {"y": [1] * 40000}}))
        check_all(program, data, (3, 4, 5, 7))
    print(f"{len(programs)} programs")


if __name__ == "__main__":
    main()

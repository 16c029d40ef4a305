#!/usr/bin/env python3
"""explain's rounds, bytes and multiplications are those of the run, for every program of tests/language (between
them they use every word) and of tests/bench."""

import json
import tempfile
from pathlib import Path

import moot

TESTS = Path(__file__).parent.parent


def check(program, data, nodes):
    where = (str(program), "--data", str(data), "--nodes", str(nodes))
    told, done = moot.run_json("explain", *where), moot.run_json("run", *where)
    moot.expect_equal(moot.cost(done), moot.cost(told), f"cost of {program.stem}, {nodes} nodes")


def main():
    programs = [(p, p.with_suffix(".json")) for p in sorted((TESTS / "language").glob("*.moot"))]
    with tempfile.TemporaryDirectory() as folder:
        many, one = Path(folder, "many.json"), Path(folder, "one.json")
        many.write_text(json.dumps({"left": {"x": [1] * 3000}, "right": {"y": [1] * 3000}}))
        one.write_text(json.dumps({"left": {"x": 1}, "right": {"y": 1}}))
        for program in sorted((TESTS / "bench").glob("*.moot")):
            programs.append((program, many if "param  n" in program.read_text() else one))
        for program, data in programs:
            for nodes in (3, 4):
                check(program, data, nodes)
    print(f"{len(programs)} programs")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What can begin together shares rounds, whatever it is: comparisons, equalities, products and choices beside a division
cost the rounds of the division, and a maximum beside comparisons those of the maximum."""

import json
import tempfile
from pathlib import Path

import moot

HEADER = """party a  party b  party c
input x from a : fix[4] 1..100
input y from b : fix[4] 1..100
input i from a : int[4] 1..100
input j from b : int[4] 1..100
"""
KINDS = {  # output: type, code
    "quotient": ("fix[4]", "x y /"),
    "less": ("bool[4]", "x y <"),
    "same": ("bool[4]", "i j ="),
    "product": ("int[4]", "i j *"),
    "both": ("bool[4]", "x y < i j = and"),
    "chosen": ("int[4]", "x y < i j select"),
    "scaled": ("fix[4]", "x y *"),
    "whole": ("int[4]", "x y + floor"),
    "largest": ("fix", "x y + maximum"),
}
DATA = {"a": {"x": [1, 2.5, 7, 100], "i": [1, 2, 3, 4]}, "b": {"y": [3, 2.5, 6.5, 1], "j": [4, 3, 3, 1]}, "c": {}}


def rounds(folder, *kinds):
    program, data = folder / "levels.moot", folder / "levels.json"
    outputs = "".join(f"output {name} to all : {KINDS[name][0]}\n" for name in kinds)
    values = "".join(f"{KINDS[name][1]} -> {name}-value\n" for name in kinds)
    reveals = "".join(f"{name}-value reveal {name}\n" for name in kinds)
    program.write_text(HEADER + outputs + values + reveals)
    data.write_text(json.dumps(DATA))
    told = moot.run_json("explain", str(program), "--data", str(data))
    done = moot.run_json("run", str(program), "--data", str(data))
    ideal = moot.run_json("run", str(program), "--data", str(data), "--ideal")
    moot.expect_equal(moot.cost(done), moot.cost(told), f"cost of {kinds}")
    moot.expect_equal(done["outputs"], ideal["outputs"], f"outputs of {kinds}")
    return done["rounds"]


def expect_shared(folder, more, longest, *others):
    """Together they take the rounds of the longest, and at most `more`."""
    alone = {name: rounds(folder, name) for name in (longest, *others)}
    together = rounds(folder, longest, *others)
    print(f"{together} rounds together, alone {alone}")
    assert alone[longest] == max(alone.values()), f"{longest} is not the longest"
    assert together <= alone[longest] + more, f"{together - alone[longest]} rounds more than {longest} alone"


with tempfile.TemporaryDirectory() as name:
    expect_shared(Path(name), 0, "quotient", "less", "same", "product")
    expect_shared(Path(name), 0, "largest", "less", "same", "product", "whole")
    # short steps before a floor and after a comparison may take levels of their own, long ones none
    expect_shared(Path(name), 4, "largest", "less", "same", "product", "whole", "both", "chosen")
    expect_shared(Path(name), 4, "quotient", "less", "same", "product", "both", "chosen", "scaled", "whole")

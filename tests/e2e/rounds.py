#!/usr/bin/env python3
"""A thousand products of independent secrets, on a line each, cost the rounds of one product."""

import json
import tempfile
from pathlib import Path

import moot

COUNT = 1000


def source(products):
    lines = [
        "party a  party b  party c",
        f"input x from a : int[{COUNT}] 0..1000",
        f"input y from b : int[{COUNT}] 0..1000",
        "output s to all : int",
    ]
    lines += [f"x {i} at y {i} at * -> p{i}" for i in range(products)]
    lines += ["p0"] + [f"p{i} +" for i in range(1, products)] + ["reveal s"]
    return "\n".join(lines) + "\n"


def run(folder, products):
    x, y = list(range(COUNT)), [(7 * i) % 1000 for i in range(COUNT)]
    program, data = folder / "products.moot", folder / "products.json"
    program.write_text(source(products))
    data.write_text(json.dumps({"a": {"x": x}, "b": {"y": y}}))
    told = moot.run_json("explain", str(program), "--data", str(data))
    done = moot.run_json("run", str(program), "--data", str(data))
    moot.expect_equal(moot.cost(done), moot.cost(told), f"cost of {products} products")
    wanted = sum(a * b for a, b in zip(x[:products], y[:products]))
    moot.expect_equal(done["outputs"]["c"]["s"], wanted, f"sum of {products} products")
    return done


with tempfile.TemporaryDirectory() as name:
    one, many = run(Path(name), 1), run(Path(name), COUNT)
moot.expect_equal(many["rounds"], one["rounds"], f"rounds of {COUNT} products")
moot.expect_equal(many["multiplications"], COUNT, "multiplications")

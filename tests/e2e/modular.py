#!/usr/bin/env python3
"""Arithmetic modulo a prime: random sums, products, powers and moves, whose numbers outgrow every field on the way, are
what Python's integers give, on the ideal box and among 3, 4, 5 and 7 nodes, at the price that explain gives."""

import json
import random
import tempfile
from pathlib import Path

import moot

PRIMES = {"2^127 - 1": 2**127 - 1, "2^64 - 59": 2**64 - 59, "2^255 - 19": 2**255 - 19, "2^1023 - 361": 2**1023 - 361}
EXPRESSIONS = 12
HEADER = """
party alice  party bob  party club[2]
param p
input x from alice : int 0..{top}
input y from bob   : int 0..{top}
input s from bob   : int -1000..1000
input b from bob   : bool
input v from alice : int[3] 0..{top}
input w from bob   : int[3] -5..5
input c from club  : int 0..{top}
input l from alice : int[..4] 0..{top}
output told to all : int
output most to all : int[{outputs}]
output turn to all : int[3]
output mine to bob : int[3]
"""
# Loops, branches on what was revealed, private lengths, public and owners' values, and what is only moved.
BODY = """
x s * p mod reveal told
x 3 [ y * s + sq p mod dup reveal turn ] times -> chain
x 300 [ dup * y + p mod ] times -> long
told 2 mod 0 = [ x y * p mod ] [ chain ] if -> either
w v * x + p mod  reverse reveal mine
"""
TAIL = """
long p mod  either  told told * told * x * p mod  l sq sum p mod y + p mod
c sum p mod  c { 2 3 } * y * total p mod  b x y select p mod  v w y * join 1 at p mod
x p inverse-mod x * p mod  y p 2 div p power-mod  x 12345 p power-mod
"""



def expression(dice, d, depth):
    """Words that leave one number, and that number."""
    if depth == 0 or dice.random() < 0.15:
        leaf = dice.choice(["x", "y", "s", "told", "known", "dot", "neg"])
        if leaf == "known":
            k = dice.choice([0, 1, -1, dice.randint(-9, 9), dice.randrange(2**60)])
            return str(k), k
        if leaf == "dot":
            return "v w dot", sum(a * b for a, b in zip(d["v"], d["w"]))
        return (leaf, d[leaf]) if leaf != "neg" else ("y neg", -d["y"])
    (a, x), (b, y) = (expression(dice, d, depth - 1) for _ in range(2))
    how = dice.choice(["+", "-", "*", "*", "sq", "mod", "power"])
    if how == "sq":
        return f"{a} sq", x * x
    if how == "mod":
        return f"{a} p mod", x % d["p"]
    if how == "power":
        k = dice.randint(0, 9)
        return f"{a} x + {k} power", pow(x + d["x"], k, d["p"])
    return f"{a} {b} {how}", {"+": x + y, "-": x - y, "*": x * y}[how]


def values(dice, p):
    edge = lambda: dice.choice([0, 1, p - 1, p // 2, p // 2 + 1, dice.randrange(p)])
    d = {"p": p, "x": edge(), "y": edge(), "s": dice.randint(-1000, 1000), "b": dice.random() < 0.5}
    d |= {"v": [edge() for _ in range(3)], "w": [dice.randint(-5, 5) for _ in range(3)]}
    d |= {"c": [edge(), edge()], "l": [edge() for _ in range(dice.randint(0, 4))], "told": d["x"] * d["s"] % p}
    return d


def reference(d):
    """What the fixed words of BODY and TAIL give."""
    p, x, y, s, told = (d[k] for k in ("p", "x", "y", "s", "told"))
    rounds, chain, long = [], x, x
    for _ in range(3):
        chain = (chain * y + s) ** 2 % p
        rounds.append(chain)
    for _ in range(300):
        long = (long * long + y) % p
    squares = (sum(k * k for k in d["l"]) % p + y) % p
    tail = [long, x * y % p if told % 2 == 0 else chain, told**3 * x % p, squares]
    tail += [sum(d["c"]) % p, (2 * d["c"][0] + 3 * d["c"][1]) * y % p, x if d["b"] else y, d["v"][1] % p]
    tail += [1 if x else 0, pow(y, (p - 1) // 2, p), pow(x, 12345, p)]
    mine = [(a * b + x) % p for a, b in zip(d["w"], d["v"])][::-1]
    return rounds, mine, tail


def check(folder, dice, name, p, members):
    """Draws a program and data; `members`: the numbers of nodes that run it, besides the ideal box."""
    program, data = Path(folder, "modular.moot"), Path(folder, "modular.json")
    d = values(dice, p)
    rounds, mine, tail = reference(d)
    drawn = [expression(dice, d, 4) for _ in range(EXPRESSIONS)]
    body = "\n".join(f"{words} p mod" for words, _ in drawn)
    header = HEADER.format(top=p - 1, outputs=len(drawn) + len(tail))
    program.write_text(f"{header}{BODY}{{ {body} {TAIL} }} reveal most\n")
    inputs = {"alice": {k: d[k] for k in ("x", "v", "l")}, "bob": {k: d[k] for k in ("y", "s", "b", "w")}}
    data.write_text(json.dumps(spelled(inputs | {"club": [{"c": k} for k in d["c"]]})))
    wanted = {"told": d["told"], "turn": rounds, "most": [v % p for _, v in drawn] + tail, "mine": mine}
    args = (str(program), "--data", str(data), "--set", f"p={p}")
    for nodes in (0, *members):
        where = ("--nodes", str(nodes)) if nodes else ("--ideal",)
        result = moot.run_json("run", *args, *where)
        got = {k: whole(v) for k, v in result["outputs"]["bob"].items()}
        moot.expect_equal(got, wanted, f"modulo {name}, {nodes} nodes")
        if nodes:
            price = moot.run_json("explain", *args, *where)
            moot.expect_equal(moot.cost(result), moot.cost(price), f"the price modulo {name}, {nodes} nodes")


def main():
    dice = random.Random(31)
    with tempfile.TemporaryDirectory() as folder:
        for name, p in PRIMES.items():
            for _ in range(3):
                check(folder, dice, name, p, ())
            check(folder, dice, name, p, (3, 5) if p.bit_length() > 1000 else (3, 4, 5, 7))


def spelled(x):
    """Numbers of any size as text."""
    if isinstance(x, dict):
        return {k: spelled(v) for k, v in x.items()}
    if isinstance(x, list):
        return [spelled(v) for v in x]
    return x if isinstance(x, bool) else str(x)


def whole(x):
    return [whole(v) for v in x] if isinstance(x, list) else int(x)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures the same operations in moot and in MPyC, turn by turn on this machine, and prints medians: what docs/comparison.md
reports. Three parties on loopback without encryption, passive security. MPyC's time is that of the operation on a secret
array; moot's is of the whole run: keys, masks, inputs, the operation, the result.

usage: MOOT=build/moot compare_mpyc.py MPYC [TURNS]     MPYC: a folder with the package mpyc (github.com/lschoe/mpyc)
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

MOOT = os.environ["MOOT"]
OPERATIONS = [  # name, items, as moot says it (y: the other owner's), as MPyC says it with NumPy
    ("products", 1_000, "x y * total", "x * y"),
    ("products", 100_000, "x y * total", "x * y"),
    ("comparisons", 1_000, "x y < count", "x < y"),
    ("maximum", 1_000, "x y + maximum", "np.amax(x + y)"),
    ("sort", 100, "x y + sort 0 at", "np.sort(x + y)"),
]
PROGRAM = """party a  party b  param n
input x from a : int[n] 0..200_000
input y from b : int[n] 0..200_000
output z to all : int
{code} reveal z
"""
THEIRS = """
import time
import numpy as np
from mpyc.runtime import mpc
secint = mpc.SecInt(32)
async def main():
    await mpc.start()
    x = mpc.input(secint.array(np.array([(7 * i + 3) % 100003 for i in range({n})])), senders=0)
    y = mpc.input(secint.array(np.array([(5 * i + 11) % 100019 for i in range({n})])), senders=1)
    await mpc.gather(x, y)
    sent = lambda: sum(p.protocol.nbytes_sent for p in mpc.parties if p.pid != mpc.pid)
    before, start = sent(), time.perf_counter()
    await mpc.gather({code})
    if mpc.pid == 0:
        print("TOOK", time.perf_counter() - start, sent() - before, flush=True)
    await mpc.shutdown()
mpc.run(main())
"""


def ours(folder, n, code):
    (folder / "p.moot").write_text(PROGRAM.format(code=code))
    (folder / "p.json").write_text(json.dumps({"a": {"x": [(7 * i + 3) % 100003 for i in range(n)]}, "b": {"y": [(5 * i + 11) % 100019 for i in range(n)]}}))
    run = json.loads(subprocess.run([MOOT, "run", "-q", "--json", folder / "p.moot"], check=True, capture_output=True, text=True).stdout)
    return run["seconds"], max(run["bytes_sent"]), run["rounds"]


def theirs(folder, mpyc, n, code):
    (folder / "p.py").write_text(THEIRS.format(n=n, code=code))
    done = subprocess.run([sys.executable, folder / "p.py", "-M3"], check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(mpyc)})
    seconds, sent = re.search(r"TOOK (\S+) (\d+)", done.stdout).groups()
    return float(seconds), int(sent)


def main():
    mpyc, turns = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    print("| operation | items | moot | bytes a node | rounds | MPyC | bytes a node | time, as a ratio |\n|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        for name, n, code, their_code in OPERATIONS:
            pairs = [(ours(Path(place), n, code), theirs(Path(place), mpyc, n, their_code)) for _ in range(turns)]
            a, b = (statistics.median(p[k][0] for p in pairs) for k in (0, 1))
            ratio = statistics.median(p[1][0] / p[0][0] for p in pairs)
            print(f"| {name} | {n:,} | {a:.4f} s | {pairs[0][0][1]:,} | {pairs[0][0][2]:,} | {b:.4f} s | {pairs[0][1][1]:,} | {ratio:.0f} |", flush=True)


if __name__ == "__main__":
    main()

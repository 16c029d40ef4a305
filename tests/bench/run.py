#!/usr/bin/env python3
"""Prints what docs/performance.md tells, measured here and now; medians of several runs.

usage: run.py MOOT BENCH_MESH
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
PROGRAMS = HERE.parent.parent / "programs"
ITEMS = 1_000_000
RUNS = 5


def run(moot, program, data, transport="ipc"):
    command = [moot, "run", program, "--data", data, "--transport", transport, "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{program}: exit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def measured(moot, program, data, transport):
    """The counts of a run and the median of its seconds."""
    results = [run(moot, program, data, transport) for _ in range(RUNS)]
    return results[0], median(r["seconds"] for r in results)


def multiplication(moot, folder, transport):
    data = folder / "million.json"
    numbers = random.Random(1)
    column = lambda: [numbers.randint(0, 1) for _ in range(ITEMS)]  # noqa: E731
    data.write_text(json.dumps({"left": {"x": column()}, "right": {"y": column()}}))
    plain, sharing = measured(moot, HERE / "share.moot", data, transport)
    result, seconds = measured(moot, HERE / "multiply.moot", data, transport)
    count = result["multiplications"]
    spent = seconds - sharing
    sent = median(b - p for b, p in zip(result["bytes_sent"], plain["bytes_sent"]))
    print(f"multiplication  {transport}: {ITEMS} elements, {count} products: {spent:.3f} s of {seconds:.3f} s")
    print(f"                {count / spent:,.0f} products/s, {sent / 1e6:,.1f} MB sent by a node for them")
    print(f"                {sent / spent / 1e6:,.0f} MB/s sent by a node, both ways at once")


def rounds(moot, folder, transport):
    data = folder / "one.json"
    data.write_text('{"left": {"x": 1}, "right": {"y": 1}}')
    result, seconds = measured(moot, HERE / "rounds.moot", data, transport)
    print(f"rounds          {transport}: {result['rounds']} in {seconds:.3f} s: {result['rounds'] / seconds:,.0f} rounds/s")


def start_up(moot):
    def once():
        begin = time.monotonic()
        run(moot, PROGRAMS / "salary.moot", PROGRAMS / "salary.json")
        return time.monotonic() - begin

    print(f"start-up        moot run programs/salary.moot: {median(once() for _ in range(11)) * 1e3:.0f} ms")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    moot, mesh = sys.argv[1:]
    print(f"machine         {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        for transport in ("ipc", "tcp"):
            multiplication(moot, Path(name), transport)
            rounds(moot, Path(name), transport)
    start_up(moot)
    print("raw mesh", flush=True)
    subprocess.run([mesh], check=True)


if __name__ == "__main__":
    main()

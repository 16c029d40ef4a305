#!/usr/bin/env python3
"""What it takes three nodes on this machine to take submissions of so many owners and to add them up.

usage: MOOT=build/moot ROOT=. python3 tests/tools/bench_submit.py [OWNERS [ELEMENTS [AT ONCE [active|passive]]]]

Each owner is a process of its own, `moot submit`, as on a host of its own; so many run at the same time. The time goes
from the first of them to the result at all nodes; making the keys is not in it.
"""

import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "hosts"))
os.environ["MOOT"] = str(Path(os.environ["MOOT"]).resolve())

from submit import NODES, Service  # noqa: E402
from world import expect, wait_until  # noqa: E402

SUM = """param  m
party  owner[n]
input  x from owner : int[m] 0..1_000_000
output y to all : int[m]
x transpose sum reveal y
"""


def main():
    given = sys.argv[1:] + ["1000", "1000", "8", "active"][len(sys.argv) - 1:]
    owners, elements, at_once = (int(a) for a in given[:3])
    with Service(owners, SUM) as service:
        content = service.file("sum", params={"m": elements}, security=given[3])
        content["parties"] = [{**entry, "role": "owner"} for entry in content["parties"] if entry["name"] not in NODES[1:]]
        content["parties"][1:1] = service.config["parties"][1:]
        for k, owner in enumerate(service.owners):
            service.write(owner, "own.json", {"x": [(k + i) % 1000 for i in range(elements)]})
            service.write(owner, "parties.json", content)
        for name in NODES:
            service.write(name, "sessions/sum.json", content)
        service.write("ann", "sessions/sum.data.json", {"x": [7] * elements})
        service.serve()
        for name in NODES:
            wait_until(lambda: "session" in log(service, name), f"{name} has the session", 10)
            expect("session.waits" in log(service, name), log(service, name))
        before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
        began = time.monotonic()
        with ThreadPoolExecutor(at_once) as pool:
            for done in pool.map(lambda o: run(service, o), service.owners):
                expect(done == 0, "an owner could not submit")
        submitted = time.monotonic()
        for name in NODES:
            result = service.result(name, "sum", seconds=120)
        ended = time.monotonic()
        got = service.result("ann", "sum")["outputs"]["y"]
        expect(got == [7 + sum((k + i) % 1000 for k in range(owners)) for i in range(elements)], "wrong sums")
        for name in NODES:
            service.stop(name)
        spent = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before
        print(f"{spent:.1f} s of processor time in all; {given[3]}, {owners} owners of {elements} numbers, {at_once} at once: submitted in {submitted - began:.1f} s, "
              f"all known after {ended - began:.1f} s; the session itself took {result['seconds']:.3f} s")


def log(service, name):
    said = service.node[name].said[1]
    return os.pread(said.fileno(), 1 << 20, 0).decode()


def run(service, owner):
    """As World.start, which may not be called from several threads."""
    done = subprocess.run([os.environ["MOOT"], "submit", "--config", "parties.json", "--as", owner, "--key", f"{owner}.key", "--session",
                           "sum", "--data", "own.json", "--quiet"], cwd=service.folder / owner, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    return done.returncode


main()

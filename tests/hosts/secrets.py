#!/usr/bin/env python3
"""What owners gave and the keys of parties are in no block that was freed, nowhere in memory at the end (but the stack), in
no file and in no log of others; also when a run fails. tests/tools/leftovers.c looks from inside of every process."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import submit
from serve import NODES, Service
from world import MOOT, Result, World, expect, listens, main, wait_until

LOOKER = os.environ.get("LEFTOVERS")
VALUE = 987654321987654321
PROGRAM = """party  client[n]
input  x from client : int 0..1_000_000_000_000_000_000
output most to all : int
output all-of-it to all : int
x maximum reveal most  x total reveal all-of-it
"""
SLOW = PROGRAM.replace("x maximum", "x maximum 1500 [ 1 + 7 mod ] times")
LARGE, TOO_LARGE = "999999999999999999", "1000000000000000001"
DATA = {"client": [{"x": str(VALUE)}, {"x": 5}, {"x": LARGE}]}


def _planted(**more):
    every = {"text": str(VALUE).encode(), "number": VALUE.to_bytes(8, "little"), **more}
    return ",".join(f"{name}={value.hex()}" for name, value in every.items())


class Looking:
    """Processes that are started inside look for what is planted; afterwards `found` holds their report."""

    def __init__(self, **more):
        self.planted = _planted(**more)

    def __enter__(self):
        self.report = tempfile.NamedTemporaryFile("r")
        os.environ.update(LD_PRELOAD=LOOKER, MOOT_PLANTED=self.planted, MOOT_LEFTOVERS=self.report.name)
        return self

    def stop(self):
        for name in ("LD_PRELOAD", "MOOT_PLANTED", "MOOT_LEFTOVERS"):
            os.environ.pop(name, None)

    def __exit__(self, *_):
        self.stop()
        lines = self.report.read().splitlines()
        # libzmq has a copy of the key among the options of its sockets, which it does not cleanse
        self.found = "\n".join(line for line in lines if not line.startswith("raw key: at the end"))
        self.report.close()


Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def _key(world):
    """Ann's secret key, as text and as bytes."""
    text = (world.folder / "ann" / "ann.key").read_text().strip()
    raw = b""
    for k in range(0, len(text), 5):
        word = 0
        for c in text[k:k + 5]:
            word = word * 85 + Z85.index(c)
        raw += word.to_bytes(4, "big")
    return {"key": text.encode(), "raw key": raw}


def _on_disk(folder):
    """The files below a folder that hold what is planted, as text or as a number."""
    files = [path for path in Path(folder).rglob("*") if path.is_file()]
    return {path.name for path in files if str(VALUE).encode() in path.read_bytes() or
            VALUE.to_bytes(8, "little") in path.read_bytes()}


def _run(folder, *arguments, data=None, code=0):
    """`moot run` with what it may write to in `folder` alone. What it says is returned."""
    (folder / "p.moot").write_text(PROGRAM)
    (folder / "p.json").write_text(str(data or DATA).replace("'", '"'))
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    env = {**os.environ, "TMPDIR": str(runtime), "XDG_RUNTIME_DIR": str(runtime)}
    done = subprocess.run([MOOT, "run", "p.moot", "--data", "p.json", *arguments], cwd=folder, env=env, capture_output=True, text=True)
    expect(done.returncode == code, f"{arguments}: exit {done.returncode}: {done.stderr}")
    expect(not list(runtime.iterdir()), f"{arguments} leaves files: {list(runtime.iterdir())}")
    return done.stdout + done.stderr


def _local(*arguments, **more):
    with tempfile.TemporaryDirectory() as folder:
        with Looking() as looking:
            said = _run(Path(folder), *arguments, **more)
        expect(not looking.found, f"moot run {' '.join(arguments)}:\n{looking.found}")
        expect(_on_disk(folder) == {"p.json"}, f"{arguments}: on disk in {_on_disk(folder)}")
        return said


def local_runs_leave_nothing():
    for arguments in ((), ("--transport", "tcp"), ("--security", "active"), ("--ideal",), ("--nodes", "3")):
        said = _local(*arguments)
        expect(str(VALUE) not in said, said)


def local_runs_that_fail_leave_nothing():
    _local("--max-bytes", "10", code=7)
    _local(data={"client": [{"x": str(VALUE)}, {"x": 5}, {"x": TOO_LARGE}]}, code=3)
    _local("--set", "n=4", code=3)


def what_is_left_is_found():
    with tempfile.TemporaryDirectory() as folder:
        with Looking(name=b"all-of-it") as looking:
            _run(Path(folder))
    expect("name: freed" in looking.found and "name: at the end in" not in looking.found.split("name: freed")[0], looking.found)


def _parties(program, second=5, **options):
    """Three parties of which the first gives what is planted; all results, after `during(world, processes)`."""
    during = options.pop("during", None)
    with World({"ann": "client", "ben": "client", "cho": "client"}, **options) as world:
        key = _key(world)
        given = {"ann": {"x": str(VALUE)}, "ben": {"x": second}, "cho": {"x": LARGE}}
        for name in given:
            world.write(name, "p.moot", program)
        with Looking(**key) as looking:
            processes = {name: world.party(name, "p.moot", given[name], "-v") for name in given}
            looking.stop()
            if during:
                during(world, processes)
            results = {name: Result(process) for name, process in processes.items()}
        expect(not looking.found, looking.found)
        expect(_on_disk(world.folder) == {"data.json"}, f"on disk in {_on_disk(world.folder)}")
        for name in ("ben", "cho"):
            expect(str(VALUE) not in results[name].out + results[name].err, f"{name} says {results[name].err}")
        return results


def parties_leave_nothing():
    for security in ("passive", "active"):
        for result in _parties(PROGRAM, security=security).values():
            expect(result.code == 0, result.err)


def parties_that_fail_leave_nothing():
    for result in _parties(PROGRAM, second=TOO_LARGE, limits={"peer_timeout": "2s"}).values():
        expect(result.code in (3, 5), result.err)

    def kill(world, processes):
        wait_until(lambda: listens(world, "ann"), "ann listens")
        processes["cho"].send_signal(signal.SIGTERM)
    results = _parties(SLOW, during=kill)
    expect(results["ann"].code == results["ben"].code == 5, f"{results['ann'].code} {results['ann'].err}")


def nobody_can_dump_a_process_that_holds_secrets():
    def check(world, processes):
        for name in processes:
            wait_until(lambda: listens(world, name), f"{name} listens")
            limits = Path(f"/proc/{processes[name].pid}/limits").read_text()
            expect("Max core file size        0                    0" in limits, limits)
    _parties(SLOW, during=check)
    with Service().serve() as service:
        service.up()
        check(service, service.node)
        service.stop()


def a_service_leaves_nothing():
    with Service() as service:
        for name in NODES:
            service.write(name, "programs/p.moot", PROGRAM)
        key = _key(service)
        with Looking(**key) as looking:
            service.serve()
            looking.stop()
            given = {"ann": {"x": str(VALUE)}, "ben": {"x": 5}, "cho": {"x": LARGE}}
            service.drop("good", given, program="p.moot", role="client")
            service.drop("wrong", {**given, "ben": {"x": TOO_LARGE}}, program="p.moot", role="client")
            service.result("ann", "good")
            service.result("ben", "wrong", "error")
            logs = service.stop()
        expect(not looking.found, looking.found)
        expect(str(VALUE) not in str(logs), f"in a log: {logs}")
        expect(_on_disk(service.folder) == {"good.data.json", "wrong.data.json"}, f"on disk in {_on_disk(service.folder)}")


OWNERS = """party  voter[n]
party  clerk
input  x     from voter : int 0..1_000_000_000_000_000_000
input  scale from clerk : int 1..10
output most  to all     : int
x maximum  scale +  reveal most
"""


def owners_and_their_nodes_leave_nothing():
    with submit.Service(2, OWNERS) as service:
        vote = service.drop("may")
        with Looking(**_key(service)) as looking:
            service.serve()
            submit._give(service, vote, {"o0": {"x": str(VALUE)}, "o1": {"x": LARGE}}, "-v")
            most = service.learned("o0", vote)["most"]
            expect(int(most) == int(LARGE) + 3, f"it learned {most}")
            looking.stop()
            logs = {name: result.err for name, result in service.stop().items()}
        expect(not looking.found, looking.found)
        expect(str(VALUE) not in str(logs), f"in a log: {logs}")
        expect(_on_disk(service.folder) == {"own.json"}, f"on disk in {_on_disk(service.folder)}")


if __name__ == "__main__":
    if not LOOKER:
        print("sanitizers look after memory themselves here")
        sys.exit(77)
    main(globals())

#!/usr/bin/env python3
"""Programs at the sizes of real use: data from a fixed seed, results compared with the clear. Up to seven
parties compute themselves, else three nodes do, over ipc.

usage: bench_programs.py build/moot [NAME…]     those of tests/reference that have large(); a row of Markdown for it, and one for
                                                huge() where that is there
"""

import json
import random
import resource
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "reference"))
from make import near, reference  # noqa: E402

SEED = 7
SIZES = ("large", "huge")
EVERY = 0.02  # seconds between looks at the memory of processes that run
NPY_FROM = 10_000  # numbers: longer lists become .npy files, which are read faster than JSON


def shape_of(value):
    return [len(value), *shape_of(value[0])] if isinstance(value, list) and value else []


def leaves(value):
    return [leaf for item in value for leaf in leaves(item)] if isinstance(value, list) else [value]


def write_npy(path, value):
    numbers = leaves(value)
    code, letter = ("<i8", "q") if all(isinstance(n, int) for n in numbers) else ("<f8", "d")
    shape = ", ".join(map(str, shape_of(value))) + ","
    header = f"{{'descr': '{code}', 'fortran_order': False, 'shape': ({shape}), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    start = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode()
    path.write_bytes(start + struct.pack(f"<{len(numbers)}{letter}", *numbers))


def on_disk(value, folder):
    """The data as `moot run` takes them, long lists of numbers as files beside."""
    if isinstance(value, dict):
        return {k: on_disk(v, folder) for k, v in value.items()}
    if not isinstance(value, list) or not value:
        return value
    if isinstance(value[0], dict):
        return [on_disk(v, folder) for v in value]
    numbers = leaves(value)
    if len(numbers) < NPY_FROM or isinstance(numbers[0], (str, bool)):
        return value
    path = folder / f"{len(list(folder.iterdir()))}.npy"
    write_npy(path, value)
    return {"npy": path.name}


def resident(pid):
    """The most memory that a process or one of its children ever had, each for itself, in MB."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        lines = [line for p in [pid, *children] for line in Path(f"/proc/{p}/status").read_text().splitlines()]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return max((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM")), default=0)


def measure(moot, name, data):
    """What the run told, and the memory of its largest process."""
    with tempfile.TemporaryDirectory() as folder:
        path, told = Path(folder, "data.json"), Path(folder, "told.json")
        path.write_text(json.dumps(on_disk(data, Path(folder))))
        arguments = [moot, "run", ROOT / "programs" / f"{name}.moot", "--data", path, "--json", "-q"]
        with told.open("w") as out:
            running, most = subprocess.Popen(arguments, stdout=out), 0
            while running.poll() is None:
                most = max(most, resident(running.pid))
                time.sleep(EVERY)
        assert running.returncode == 0, f"{name}: exit {running.returncode}"
        return json.loads(told.read_text()), most


def row(moot, name, size):
    module = reference(name)
    make = getattr(module, size)
    data = make(random.Random(SEED))
    got, most = measure(moot, name, data)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    sent = max(got["bytes_sent"]) / 1e6
    numbers = f"{got['rounds']:,} | {sent:,.2f} | {got['seconds']:.2f} | {used.ru_utime + used.ru_stime:.2f} | {most:.0f}"
    print(f"| {name} | {make.__doc__.rstrip('.')} | {numbers} |", flush=True)
    slack = {**getattr(module, "NOISE", {}), **getattr(module, "TOLERANCE", {})}
    assert near(got["outputs"], module.outputs(data), slack), f"{name} is not what the reference computes"


def main():
    moot, *names = sys.argv[1:]
    if len(names) == 2 and names[1] in SIZES:  # a process of its own for each row, so that processor time is the row's
        return row(moot, *names)
    print("| program | size | rounds | MB sent by a node | s | s of processors | MB of the largest process |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name in names or sorted(p.stem for p in (ROOT / "programs").glob("*.moot")):
        for size in SIZES:
            if hasattr(reference(name), size):
                subprocess.run([sys.executable, __file__, moot, name, size], check=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What it takes to compile: processor time and peak memory of `moot compile` (of `moot check` for programs/), which
grow with the text and with nothing else. Processor time, for wall clocks tell more of the machine's other work.

usage: bench_compile.py MOOT
"""

import os
import sys
import tempfile
from pathlib import Path

PROGRAMS = Path(__file__).parent.parent.parent / "programs"
HEADER = "party a\nparam n = 10\ninput x from a : int 0..9\ninput v from a : int[n] 0..9\noutput o to all : int\n"
RUNS = 3


def spent(command):
    """(seconds of processor time, MB of memory at the most)"""
    child = os.posix_spawn(command[0], command, {}, file_actions=[
        (os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_WRONLY, 0) for fd in (1, 2)])
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"{' '.join(command)}: status {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def lines(count):
    return HEADER + "x\n" + "1 + 2 *  0 9 clamp\n" * count + "reveal o\n"


def definitions(count):
    return HEADER + "".join(f": d{k} ( x -- y ) {k} + ;\n" for k in range(count)) + f"x d{count - 1} reveal o\n"


def names(count):
    return HEADER + "".join(f"x {k} + -> n{k}\n" for k in range(count)) + f"n{count - 1} reveal o\n"


def ports(count):
    declared = "".join(f"param p{k} = {k}\ninput i{k} from a : int 0..9\noutput o{k} to all : int\n" for k in range(count))
    return "party a\n" + declared + "".join(f"i{k} p{k} + reveal o{k}\n" for k in range(count))


def one_line(count):
    return HEADER + "x " + "1 + 0 9 clamp " * count + "reveal o\n"


def matrix(rows):
    return HEADER + "{ " + ("{ " + "1 2 3 4 5 6 7 8 9 10 " * 10 + "} ") * rows + "} total x + reveal o\n"


def maps(count):
    return HEADER + "x " + "v [ sq [ 1 + ] call 2 * ] map sum + 9 min\n" * count + "reveal o\n"


def rounds(count):
    return HEADER + f"x {count} [ 3 + 100 mod ] times reveal o\n"


FOLD = HEADER + "party b\ninput y from b : int 0..9\nv x y + [ + ] fold reveal o\n"
FOR = HEADER + "party b\ninput y from b : int 0..9\nx y + n [ -> i  v i at + ] for reveal o\n"
VECTORS = HEADER + "v sq v + 3 max sum  v [ 1 + ] map maximum +  v sums minimum +  0 9 clamp reveal o\n"
GROWTH = [
    ("lines of four words", lines, (1_000, 10_000, 100_000)),
    ("definitions", definitions, (1_000, 10_000, 100_000)),
    ("names", names, (1_000, 10_000, 100_000)),
    ("params, as many inputs and outputs", ports, (100, 1_000, 10_000)),
    ("times five words on one line", one_line, (1_000, 10_000, 100_000)),
    ("rows of 100 numbers", matrix, (10, 100, 1_000)),
    ("maps", maps, (10, 100, 1_000)),
    ("rounds of one `times`", rounds, (10, 10_000, 1_000_000)),
]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    moot = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        program, out = Path(folder, "p.moot"), os.path.join(folder, "p.mootc")

        def compiled(text, *flags):
            program.write_text(text)
            runs = 1 if len(text) > 1 << 19 else RUNS
            seconds, memory = min(spent([moot, "compile", str(program), "-o", out, "--quiet", *flags]) for _ in range(runs))
            return f"{seconds * 1e3:,.0f} ms {memory:,.0f} MB"

        for what, made, sizes in GROWTH:
            print(f"{what:36}", *(f"{n:,}: {compiled(made(n)):16}" for n in sizes), flush=True)
        for what, text in (("items of each vector", VECTORS), ("items of a `fold`", FOLD), ("rounds of one `for`, each with an item", FOR)):
            print(f"{what:36}", *(f"{n:,}: {compiled(text, '--set', f'n={n}'):16}" for n in (10, 1_000, 10_000_000)))
    checks = [(min(spent([moot, "check", str(p)]) for _ in range(RUNS))[0], p.name) for p in sorted(PROGRAMS.glob("*.moot"))]
    print(f"check of a program in programs/      the longest {max(checks)[0] * 1e3:.0f} ms ({max(checks)[1]})")


if __name__ == "__main__":
    main()

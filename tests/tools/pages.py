#!/usr/bin/env python3
"""The pages of `moot help CODE` say more than a line, and their examples are true: a line that ends in "# refused" gives
the code, the line below it does not.

usage: pages.py MOOT ROOT
"""

import json
import re
import subprocess
import sys
from pathlib import Path

# What the examples work on.
DECLARED = """party  alice
party  bidder[n]
param  k = 3
input  x      from alice  : int 0..100
input  v      from alice  : int[4] 0..1_000_000
input  ages   from alice  : int[..9] 0..130
input  points from alice  : fix[100 3]
input  mu     from alice  : fix[3]
input  who    from alice  : key
input  bid    from bidder : int 0..1_000
output y      to   all    : int
"""
REFUSED = "# refused"
HEADER = ("input", "output", "party", "param")


def codes_of(root):
    return [c for name in ("compiler", "runtime")
            for c in re.findall(r'^CODE\("(\w+)"', (root / name / "codes.def").read_text(), re.M)]


def found(moot, line):
    """The codes that a program with this line gives."""
    begin, tested = line.split()[0], line.startswith("test ")
    body = "x reveal y\n" if tested else ""
    text = DECLARED + (line + "\n" if begin in HEADER else body + line + "\n")
    done = subprocess.run([moot, "check", "--json", "-"], input=text, capture_output=True, text=True, timeout=20)
    return {f["code"] for f in json.loads(done.stdout)["diagnostics"]}


def wrong_in(moot, code):
    page = subprocess.run([moot, "help", code], check=True, capture_output=True, text=True).stdout.rstrip("\n").split("\n")
    wrong = [] if len(page) > 2 else [f"the page of {code} is too short: what it means, why, how to get out"]
    wrong += [f"the page of {code} is wider than a terminal: {line}" for line in page if len(line) > 108]
    examples = [line.strip() for line in page if line.startswith("    ")]
    for line, above in zip(examples, ["", *examples]):
        refused = line.endswith(REFUSED)
        if not refused and not above.endswith(REFUSED):
            continue
        got = found(moot, line.removesuffix(REFUSED).rstrip())
        if (code in got) != refused:
            wrong.append(f"the page of {code}: `{line}` gives {sorted(got) or 'nothing'}")
    return wrong


def main():
    moot, root = sys.argv[1], Path(sys.argv[2])
    codes = codes_of(root)
    wrong = [w for code in codes for w in wrong_in(moot, code)]
    print("\n".join(wrong) or f"{len(codes)} pages")
    return 1 if wrong or not codes else 0


if __name__ == "__main__":
    sys.exit(main())

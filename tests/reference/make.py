#!/usr/bin/env python3
"""Computes programs/NAME.expected.json from programs/NAME.json by tests/reference/NAME.py, without moot.

usage: make.py            writes them
       make.py --check    fails when one differs from what is there, or a program has no reference
"""

import importlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = HERE.parent.parent / "programs"


def reference(name):
    """The module that computes the outputs of a program: outputs(data), and perhaps TOLERANCE by output."""
    sys.path.insert(0, str(HERE))
    return importlib.import_module(name)


def expected(name):
    data = json.loads((PROGRAMS / f"{name}.json").read_text())
    return json.dumps(reference(name).outputs(data), indent=4) + "\n"


def near(got, wanted, tolerance, output=None):
    """Equal, but for numbers of an output with a tolerance, which may be that far off."""
    if isinstance(wanted, dict):
        return got.keys() == wanted.keys() and all(near(got[k], wanted[k], tolerance, k) for k in wanted)
    if isinstance(wanted, list):
        return len(got) == len(wanted) and all(near(g, w, tolerance, output) for g, w in zip(got, wanted))
    return got == wanted or (output in tolerance and abs(got - wanted) <= tolerance[output])


def main():
    check = sys.argv[1:] == ["--check"]
    names = sorted(p.stem for p in PROGRAMS.glob("*.moot"))
    stale = []
    for name in names:
        file = PROGRAMS / f"{name}.expected.json"
        text = expected(name)
        if check and (not file.exists() or file.read_text() != text):
            stale.append(f"{file} is not what tests/reference/{name}.py computes")
        if not check:
            file.write_text(text)
    print("\n".join(stale))
    sys.exit(1 if stale or not names else 0)


if __name__ == "__main__":
    main()

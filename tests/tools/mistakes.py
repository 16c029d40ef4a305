#!/usr/bin/env python3
"""Holds what `moot check` says about broken programs against what the programs themselves say it should.

usage: mistakes.py MOOT FOLDER [NAME…]      prints the misses; fails below MARKED and MENDED

Each NAME.moot of the folder holds one mistake. Comments below a line, which change nothing, tell about the line:

    bid argmx -> w
    #! E0101 argmx              the first finding has this code and marks this text (`argmx 2`: its second occurrence)
    #= bid argmax -> w          after the fix of `check --json` is pasted, this stands in the place of the line

Several `#=` stand for several lines. A program whose mistake only its author can mend has none.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

MARKED, MENDED, LEAST = 0.95, 0.60, 100


def is_marker(line):
    return line.startswith(("#! ", "#="))


class Program:
    def __init__(self, path):
        self.path, self.lines = path, path.read_text().split("\n")
        self.code = self.line = self.text = None
        self.nth, fixed = 1, {}
        above = 0
        for n, line in enumerate(self.lines, 1):
            if line.startswith("#! "):
                _, self.code, self.text = line.split(" ", 2)
                if m := re.fullmatch(r"(.+) ([2-9])", self.text):
                    self.text, self.nth = m.group(1), int(m.group(2))
                self.line = above
            elif line.startswith("#="):
                fixed.setdefault(above, []).append(line[3:])
            else:
                above = n
        kept = ((n, line) for n, line in enumerate(self.lines, 1) if not is_marker(line))
        self.mended = [new for n, line in kept for new in fixed.get(n, [line])] if fixed else None

    def column(self):
        """Where the marked text begins, from 1: as a token, else within one; 0 when the line does not hold it."""
        line, text = self.lines[self.line - 1], re.escape(self.text)
        whole = [m.start() for m in re.finditer(rf"(?<!\S){text}(?!\S)", line)]
        found = whole or [m.start() for m in re.finditer(text, line)]
        return found[self.nth - 1] + 1 if len(found) >= self.nth else 0

    def is_marked(self, found):
        begin = self.column()
        place = {"line": self.line, "col": begin, "end_col": begin + len(self.text)}
        return begin > 0 and all(found[k] == v for k, v in place.items()) and found["code"] == self.code

    def pasted(self, fix):
        """The program's lines after the fix, without the markers."""
        begin, end = fix["line"] - 1, fix["end_line"] - 1
        lines = self.lines + [""] * (end + 1 - len(self.lines))
        text = lines[begin][: fix["col"] - 1] + fix["text"] + lines[end][fix["end_col"] - 1 :]
        lines[begin : end + 1] = text.split("\n")
        return [line for line in lines if not is_marker(line)]


def findings(moot, path):
    done = subprocess.run([moot, "check", "--json", path], capture_output=True, text=True, timeout=20)
    return json.loads(done.stdout)["diagnostics"]


def compiles(moot, lines):
    """With every size being 3."""
    text = "\n".join(lines)
    names = set(re.findall(r"^party +\S+\[([a-z]\w*)\]", text, re.M)) | set(re.findall(r"^param +(\S+) *$", text, re.M))
    sets = [a for name in sorted(names) for a in ("--set", name + "=3")]
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "mended.moot"
        program.write_text(text)
        done = subprocess.run([moot, "compile", program, "-o", folder + "/out", *sets], capture_output=True, timeout=20)
    return done.returncode == 0


def judge(moot, program, misses):
    """(is the right token marked, does the program compile with the fix)"""
    name, found = program.path.name, findings(moot, program.path)
    errors = [f for f in found if f["severity"] == "error"]
    first = errors[0] if errors else {"code": "nothing", "line": 0, "col": 0, "end_col": 0, "message": ""}
    marked = program.is_marked(first)
    if not marked:
        misses.append(f"{name}: wants {program.code} at {program.line}:{program.column()} `{program.text}`, got {first['code']} "
                      f"at {first['line']}:{first['col']}-{first['end_col']} {first['message']}")
    if program.mended is None or "fix" not in first:
        if program.mended:
            misses.append(f"{name}: no fix; wanted\n    " + "\n    ".join(program.mended))
        return marked, False
    after = program.pasted(first["fix"])
    same, good = after == program.mended, compiles(moot, after)
    if not same or not good:
        misses.append(f"{name}: pasting {json.dumps(first['fix'])} gives" + ("" if good else " what does not compile:")
                      + "\n    " + "\n    ".join(after))
    return marked, same and good


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    moot, folder, names = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    programs = [Program(p) for p in sorted(folder.glob("*.moot")) if not names or p.stem in names]
    misses = [f"{p.path.name}: no line `#! CODE TEXT` says what is to be marked" for p in programs if not p.code]
    results = [judge(moot, p, misses) for p in programs if p.code]
    marked, mended = (sum(r[k] for r in results) for k in (0, 1))
    print("\n".join(misses))
    print(f"{len(programs)} programs: the right token marked in {marked}, the pasted help compiles in {mended}")
    if names:
        return 0
    good = len(programs) >= LEAST and marked >= MARKED * len(programs) and mended >= MENDED * len(programs)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

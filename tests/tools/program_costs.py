#!/usr/bin/env python3
"""The table of docs/cookbook.md that says what each program of programs/ costs on its sample data, in both security modes.

    program_costs.py MOOT ROOT            writes it
    program_costs.py MOOT ROOT --check    fails when a program is missing, or another mode or field is named than holds. Rounds and
                                          bytes may differ: the page says that they are those of the day when it was written
"""

import json
import re
import subprocess
import sys
from pathlib import Path

BEGIN, END = "<!-- begin: written by tests/tools/program_costs.py -->", "<!-- end -->"
HEAD = """| program | nodes | field | rounds | products | kB sent by a node | active: rounds | kB |
|---|---|---|---|---|---|---|---|"""


def explain(moot, program, security):
    done = subprocess.run([moot, "explain", "--json", "--security", security, program], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{program}, {security}: {done.stderr}")
    return json.loads(done.stdout)


def sent(told):
    return f"{max(told['bytes_sent']) / 1000:,.1f}"


def field(told):
    return f"a prime of {int(told['field'][4:]).bit_length()} bits" if told["field"].startswith("gmp:") else told["field"]


def row(moot, program):
    passive, active = (explain(moot, program, mode) for mode in ("passive", "active"))
    counted = f"{passive['rounds']:,} | {passive['multiplications']:,} | {sent(passive)}"
    checked = f"{active['rounds']:,} | {sent(active)}"
    return f"| {program.stem} | {passive['nodes']} | {field(passive)} | {counted} | {checked} |"


def without_counts(table):
    return re.sub(r"\b[0-9][0-9,.]*(?= \|)", "N", table)


def main():
    moot, root = sys.argv[1], Path(sys.argv[2])
    page = root / "docs" / "cookbook.md"
    head, rest = page.read_text().split(BEGIN)
    now, tail = rest.split(END)
    order = re.findall(r"\]\(#([a-z-]+)\)", head.split("\n## ")[0])
    programs = {p.stem: p for p in (root / "programs").glob("*.moot")}
    missing = programs.keys() - set(order)
    made = "\n".join([HEAD, *(row(moot, programs[name]) for name in order if name in programs)])
    if "--check" not in sys.argv[3:]:
        page.write_text(f"{head}{BEGIN}\n{made}\n{END}{tail}")
    elif without_counts(made) != without_counts(now.strip()) or missing:
        print(f"docs/cookbook.md: the table is not of what programs/ has {sorted(missing)}", file=sys.stderr)
        print(f"help: tests/tools/program_costs.py {moot} {root}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())

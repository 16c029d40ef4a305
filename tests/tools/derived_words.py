#!/usr/bin/env python3
"""The built-in words in docs/language.md and in the grammars of docs/editors, written from the table that the
compiler reads.

    derived_words.py MOOT ROOT            writes them
    derived_words.py MOOT ROOT --check    fails, and says how to write them, when they are not up to date
"""

import json
import re
import subprocess
import sys
from pathlib import Path

CONTROL = {"control", "combine"}


def read_table(moot):
    """The words, and the forms: declarations, kinds and notation."""
    told = json.loads(subprocess.run([moot, "words", "--json"], check=True, capture_output=True).stdout)
    return told["words"], told["forms"]


def sorted_names(table):
    """Names of the table as (control words, the other words, symbols)."""
    names = {w["name"] for w in table}
    symbols = sorted(n for n in names if not n[0].isalpha())
    control = sorted(w["name"] for w in table if w["group"] in CONTROL and w["name"] not in symbols)
    others = sorted(names - set(symbols) - set(control))
    return sorted(set(control)), others, symbols


def pattern(names):
    """One token that is one of the names: tokens stand between blanks."""
    return r"(?<!\S)(?:" + "|".join(re.escape(n) for n in names) + r")(?!\S)"


def textmate(path, table, _forms):
    control, others, symbols = sorted_names(table)
    grammar = json.loads(path.read_text())
    parts = grammar["repository"]
    parts["control-words"]["match"] = pattern(control)
    parts["words"]["match"] = pattern(others)
    parts["symbols"]["match"] = pattern(symbols)
    return json.dumps(grammar, indent=2, ensure_ascii=False) + "\n"


def vim_lines(group, names):
    """`syntax keyword` lines of at most 100 columns."""
    head = f"syntax keyword {group}"
    line, lines = head, []
    for name in names:
        if len(line) + 1 + len(name) > 100:
            lines.append(line)
            line = head
        line += " " + name
    return lines + [line]


def between(path, begin, end, made):
    """The file with what stands between the two markers replaced."""
    head, rest = path.read_text().split(begin)
    return head + begin + "\n" + made + "\n" + end + rest.split(end)[1]


def examples(table, group):
    """What the first words of a group look like in use."""
    shown = [f"`{w['example']}`" for w in table if w["group"] == group][:3]
    return "For example: " + " · ".join(shown)


def rows(table, head):
    """For each group some examples and a list: name, how it is used, what it does."""
    made, group = [], None
    for word in table:
        if word["group"] != group:
            group = word["group"]
            made += ["", f"### {group}", "", examples(table, group), "", head, "|---|---|---|"]
        name, effect = (word[k].replace("|", "\\|") for k in ("name", "effect"))
        made.append(f"| `{name}` | `{effect}` | {word['doc']} |")
    return made


def reference(path, table, forms):
    made = rows(table, "| word | effect | |") + rows(forms, "| form | written | |")
    return between(path, "<!-- begin: written by tests/tools/derived_words.py -->", "<!-- end -->", "\n".join(made) + "\n")


def vim(path, table, _forms):
    control, others, symbols = sorted_names(table)
    alternatives = r"\|".join(re.sub(r"([*~^$.\[\]/\\])", r"\\\1", n) for n in symbols)
    made = vim_lines("mootControl", control) + vim_lines("mootWord", others)
    made.append(rf"syntax match mootSymbol /\%(^\|\s\)\@1<=\%({alternatives}\)\ze\%(\s\|$\)/")
    return between(path, '" begin: written by tests/tools/derived_words.py', '" end: written', "\n".join(made))


def main():
    moot, root = sys.argv[1], Path(sys.argv[2])
    table, forms = read_table(moot)
    editors = root / "docs" / "editors"
    stale = 0
    for path, make in (
        (root / "docs" / "language.md", reference),
        (editors / "moot.tmLanguage.json", textmate),
        (editors / "moot.vim", vim),
    ):
        made = make(path, table, forms)
        if made == path.read_text():
            continue
        if "--check" in sys.argv[3:]:
            print(f"{path.relative_to(root)} lacks words or has old ones", file=sys.stderr)
            stale += 1
        else:
            path.write_text(made)
    if stale:
        print(f"help: tests/tools/derived_words.py {moot} {root}", file=sys.stderr)
    return 1 if stale else 0


sys.exit(main())

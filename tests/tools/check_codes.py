#!/usr/bin/env python3
"""Every code that a source file can emit has a page for `moot help CODE` and a test that shows its full text, and no
page is for a code that nobody emits.

usage: check_codes.py ROOT
"""

import re
import sys
from pathlib import Path

PAGES = {name: r'^CODE\("(\w+)"' for name in ("compiler/codes.def", "runtime/codes.def")}
LITERAL = re.compile(r'"([EDNTWL]\d{2,4})"')
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
SHOWN = re.compile(r"\b(?:error|warning)\[(\w+)\]: ")
# What takes several machines, or a peer that is lost, broken or interrupted, is shown by the tests that have them.
PEERS = {"N01", "N02", "N03", "N04", "N05", "N06", "N08", "N09", "N10"}


def emitted(root):
    """{code: a place where it is emitted}"""
    found = {}
    for part in ("compiler", "vm", "net", "runtime"):
        for path in sorted((root / part).rglob("*.[ch]")):
            name = str(path.relative_to(root))
            if name in PAGES:
                continue
            text = COMMENT.sub(lambda m: "\n" * m.group().count("\n"), path.read_text())
            for match in LITERAL.finditer(text):
                found.setdefault(match.group(1), f"{name}:{text.count(chr(10), 0, match.start()) + 1}")
    return found


def with_page(root):
    return {code: name for name, line in PAGES.items() for code in re.findall(line, (root / name).read_text(), re.M)}


def shown(root):
    tests = root / "tests"
    texts = [*(tests / "diagnostics").glob("*.expected"), *(tests / "refusals").glob("*.md")]
    codes = {code for path in texts for code in SHOWN.findall(path.read_text())}
    peers = [*(tests / "faults").glob("*.sh"), *(tests / "hosts").glob("*.py"), *(tests / "unit").rglob("*.c")]
    return codes | {code for code in PEERS for path in peers if code in path.read_text()}


def main():
    root = Path(sys.argv[1])
    codes, pages, tests = emitted(root), with_page(root), shown(root)
    wrong = []
    for code, place in sorted(codes.items()):
        if code not in pages:
            wrong.append(f"{place}: {code} has no page; write one in {' or '.join(PAGES)}")
        if code not in tests:
            wrong.append(f"{place}: no test shows {code} in full; add tests/diagnostics/NAME.moot with NAME.expected (what "
                         f"`moot check` says), or the command and what it prints to a page of tests/refusals/")
    wrong += [f"{name}: the page of {code} is for a code that nobody emits; remove it"
              for code, name in sorted(pages.items()) if code not in codes]
    print("\n".join(wrong) or f"{len(codes)} codes, each with a page and a test")
    return 1 if wrong or not codes else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What the pages refer to is there: files and headings behind links, paths of this repository in the text; and pages that show
commands (```sh) are run by a test.

usage: check_links.py ROOT
"""

import re
import subprocess
import sys
from pathlib import Path

LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"(?<![\w/.~-])(?:docs|tests|programs|runtime|compiler|vm|net|cmake)/[\w./*-]*[\w*]")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
RUNNERS = ("tests/CMakeLists.txt", "tests/hosts/deployment.py", "tests/install/embedding.py")


def anchors(page):
    """Headings as GitHub names them."""
    words = HEADING.findall(FENCED.sub("", page.read_text()))
    return {re.sub(r"[^\w -]", "", word.lower()).replace(" ", "-") for word in words}


def broken_link(page, target):
    if re.match(r"[a-z]+:", target):
        return None
    file, _, anchor = target.partition("#")
    to = page.parent / file if file else page
    if not to.exists():
        return "is not there"
    if anchor and anchor not in anchors(to):
        return "has no such heading"
    return None


def is_there(bases, path):
    """A file or folder, or the name of one without its ending; NAME stands for any."""
    pattern = re.sub(r"[A-Z]{2,}(?=\.|$)", "*", path)
    return any(any(base.glob(pattern)) or any(base.glob(pattern + ".*")) for base in bases)


def check(root, page, runners):
    text = page.read_text()
    for target in LINK.findall(FENCED.sub("", text)):
        if wrong := broken_link(page, target):
            yield f"{target} {wrong}"
    for path in set(PATH.findall(text)):
        if not is_there((root, page.parent), path):
            yield f"{path} is not there"
    if "```sh" in text and page.relative_to(root).as_posix() not in runners:
        yield "shows commands that no test runs"


def main():
    root = Path(sys.argv[1]).resolve()
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=root, capture_output=True, text=True).stdout.split()
    pages = [root / name for name in listed] or [p for p in root.rglob("*.md") if "build" not in p.parts[len(root.parts)]]
    runners = "".join((root / name).read_text() for name in RUNNERS)
    wrong = [f"{page.relative_to(root)}: {what}" for page in pages if page.exists() and "refusals" not in page.parts for what in check(root, page, runners)]
    print("\n".join(wrong) or f"{len(pages)} pages")
    return 1 if wrong or not pages else 0


sys.exit(main())

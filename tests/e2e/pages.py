#!/usr/bin/env python3
"""Runs what a Markdown page shows. usage: pages.py FILE

A ```sh block holds commands, one a line; with `$ ` prompts, the lines below a command are its output. In an output,
a line … stands for any lines, and … within a line for any text; durations are not compared. Any other block with
a file name behind its language, as in ```json pay.json, is written to that file; a page with such blocks runs in a
folder of its own, else in that of the repository. `moot` and `build/moot` are the command under test.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
MOOT = os.environ["MOOT"]
NOT_RUN = re.compile(r"(git clone|cd|export|\./demo\.sh|\./test\.sh)\b")
DURATION = re.compile(r'(?<="seconds":)\s*[0-9.e-]+|\b[0-9.]+(?= (s|ms|us|seconds)\b)')
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)


def steps(block):
    """The commands of a block, each with its output as shown (None when none is)."""
    lines = block.splitlines()
    if not any(line.startswith("$ ") for line in lines):
        return [(line.split("  #")[0], None) for line in lines if line.strip() and not line.startswith("#")]
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return [(command, "\n".join(shown) if shown else None) for command, shown in found]


def pattern(shown):
    lines = DURATION.sub("T", shown.strip()).split("\n")
    return "\n".join("(?s:.*?)" if line == "…" else re.escape(line).replace("…", ".*?") for line in lines)


def check(command, shown, folder):
    """Runs a command; what is wrong with what it did, or None."""
    runnable = re.sub(r"(?<![\w/.-])(build/)?moot(?= )", MOOT, command)
    done = subprocess.run(["bash", "-c", runnable], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, input="")
    got = done.stdout  # in the order in which a terminal shows it
    if shown is None and done.returncode != 0:
        return f"$ {command}\nexit {done.returncode}\n{got}"
    if shown is not None and not re.fullmatch(pattern(shown), DURATION.sub("T", got.strip())):
        return f"$ {command}\nprinted\n{got}\nbut the page shows\n{shown}"
    return None


def run(blocks, folder):
    """How many commands ran, and what went wrong."""
    ran, wrong = 0, []
    for language, name, text in blocks:
        if name:
            (folder / name).write_text(text)
        for command, shown in steps(text) if language == "sh" else []:
            if NOT_RUN.match(command):
                continue
            ran += 1
            wrong += filter(None, [check(command, shown, folder)])
    return ran, wrong


def main():
    blocks = BLOCK.findall(Path(sys.argv[1]).read_text())
    if any(name for _, name, _ in blocks):
        with tempfile.TemporaryDirectory() as scratch:
            ran, wrong = run(blocks, Path(scratch))
    else:
        ran, wrong = run(blocks, ROOT)
    print("\n\n".join(wrong) or f"{ran} commands")
    sys.exit(1 if wrong or not ran else 0)


if __name__ == "__main__":
    main()

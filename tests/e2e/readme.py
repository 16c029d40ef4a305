#!/usr/bin/env python3
"""Runs what a Markdown file shows. usage: readme.py FILE

Every line of a ```sh block is a command; with `$ ` prompts, the lines below a command are its output. In an
output, a line … stands for any lines, and … within a line for any text; durations are not compared.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
MOOT = os.environ["MOOT"]
NOT_RUN = re.compile(r"(git clone|cd|\./demo\.sh|\./test\.sh)\b")
DURATION = re.compile(r'(?<="seconds":)\s*[0-9.e-]+|\b[0-9.]+(?= (s|ms|us|seconds)\b)')


def blocks(text):
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


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
    text = re.escape(DURATION.sub("T", shown.strip()))
    return re.sub(r"^…$", r"(?s:.*?)", text, flags=re.MULTILINE).replace("…", ".*?")


def check(command, shown):
    runnable = re.sub(r"(?<![\w/])build/moot\b", MOOT, command)
    done = subprocess.run(["bash", "-c", runnable], cwd=ROOT, capture_output=True, text=True, timeout=60)
    got = done.stdout + done.stderr
    if shown is None and done.returncode != 0:
        return f"$ {command}\nexit {done.returncode}\n{got}"
    if shown is not None and not re.fullmatch(pattern(shown), DURATION.sub("T", got.strip())):
        return f"$ {command}\nprinted\n{got}\nbut the page shows\n{shown}"
    return None


def main():
    commands = [s for b in blocks(Path(sys.argv[1]).read_text()) for s in steps(b)]
    runnable = [s for s in commands if not NOT_RUN.match(s[0])]
    wrong = [w for w in (check(*s) for s in runnable) if w]
    print("\n\n".join(wrong) or f"{len(runnable)} commands")
    sys.exit(1 if wrong or not runnable else 0)


if __name__ == "__main__":
    main()

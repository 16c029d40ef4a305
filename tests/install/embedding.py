#!/usr/bin/env python3
"""docs/embedding.md, followed word by word against an installed copy. usage: embedding.py BUILD_FOLDER"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))
import pages  # noqa: E402


def install(build, prefix):
    subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
    found = next(prefix.rglob("moot.pc")).parent
    os.environ["PKG_CONFIG_PATH"] = str(found)
    os.environ["PKG_CONFIG_ALLOW_SYSTEM_CFLAGS"] = "1"
    os.environ["LD_LIBRARY_PATH"] = str(found.parent)
    pages.MOOT = str(prefix / "bin/moot")


def end_all(folder):
    """The services, if the page did not come to its end."""
    for file in folder.glob("*.pid"):
        pid = int(file.read_text())
        with contextlib.suppress(OSError):
            if b"./service" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)


def main():
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as end:
        folder = Path(scratch) / "embedding"
        install(sys.argv[1], Path(scratch) / "prefix")
        shutil.copytree(ROOT / "docs/embedding", folder)
        end.callback(end_all, folder)
        ran, wrong = 0, []
        for language, _, text in pages.BLOCK.findall((ROOT / "docs/embedding.md").read_text()):
            if language != "sh":
                continue
            for command, shown in pages.steps(text) if not text.startswith("cat >") else [(text, None)]:
                ran += 1
                wrong += filter(None, [pages.check(command, shown, folder)])
        lines = len((folder / "average.c").read_text().splitlines())
        if lines >= 80:
            wrong.append(f"average.c has {lines} lines, and the page's point is that it is short")
    print("\n\n".join(wrong) or f"{ran} commands")
    sys.exit(1 if wrong or not ran else 0)


main()

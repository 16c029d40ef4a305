#!/usr/bin/env python3
"""docs/embedding.md, followed word by word against an installed copy, in a copy of docs/embedding.

usage: embedding.py BUILD_FOLDER
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))
AVERAGE_MAX = 80  # lines: what the example may have
CALL_MAX = 12  # lines of the one function that is a complete call


def install(build, prefix):
    """Makes what follows find the copy in `prefix` as it would find one where the system looks."""
    subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL)
    libraries = next(prefix.rglob("moot.pc")).parent.parent
    os.environ.update(MOOT=str(prefix / "bin/moot"), PKG_CONFIG_PATH=str(libraries / "pkgconfig"),
                      LD_LIBRARY_PATH=str(libraries), CMAKE_PREFIX_PATH=str(prefix))


def sizes(page, sources):
    """The page shows what is in the sources, and the examples are as short as is said."""
    wrong = [f"not in service.c:\n{text}" for name, text in re.findall(r"^```c *(\S*)\n(.*?)^```", page, re.M | re.S)
             if not name and text not in (sources / "service.c").read_text()]
    lines = len((sources / "average.c").read_text().splitlines())
    if lines >= AVERAGE_MAX:
        wrong.append(f"average.c has {lines} lines")
    call = re.search(r"^int average\(.*?^}\n", page, re.M | re.S).group(0)
    if len(call.splitlines()) > CALL_MAX:
        wrong.append(f"a complete call takes {len(call.splitlines())} lines")
    return wrong


def end_services(folder):
    """If the page did not come to its end."""
    for file in folder.glob("*.pid"):
        pid = int(file.read_text())
        with contextlib.suppress(OSError):
            if b"service" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGTERM)


def blocks_of(pages, page):
    """A block without output is one script, for its loops and here-documents."""
    for language, name, text in pages.BLOCK.findall(page):
        if name:
            yield (text, name), None
        elif language == "sh":
            yield from pages.steps(text) if text.startswith("$ ") else [(text, None)]


def main():
    with tempfile.TemporaryDirectory() as scratch:
        prefix, folder = Path(scratch) / "prefix", Path(scratch) / "embedding"
        install(sys.argv[1], prefix)
        import pages  # which reads MOOT
        shutil.copytree(ROOT / "docs/embedding", folder)
        page = (ROOT / "docs/embedding.md").read_text()
        wrong = sizes(page, folder)
        ran = 0
        try:
            for step, shown in blocks_of(pages, page):
                if isinstance(step, tuple):
                    (folder / step[1]).write_text(step[0])
                    continue
                ran += 1
                wrong += filter(None, [pages.check(step, shown, folder)])
        finally:
            end_services(folder)
    print("\n\n".join(wrong) or f"{ran} commands")
    sys.exit(1 if wrong or ran < 10 else 0)


main()

#!/usr/bin/env python3
"""docs/deployment.md, followed word by word with three folders as three hosts.

A ```sh block runs in the folder above the hosts, a ```sh NAME block in the folder of that host. Blocks of `moot ping` and `party` at
different hosts run at the same time, as the page says. Outputs are compared as tests/e2e/pages.py does.
"""

import contextlib
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

from world import ROOT, main

sys.path.insert(0, str(ROOT / "tests/e2e"))
import pages  # noqa: E402

TOGETHER = ("moot ping", "moot party")


def _run(block, folder, wrong):
    for command, shown in pages.steps(block) if not block.startswith("cat >") else [(block, None)]:
        wrong += filter(None, [pages.check(command, shown, folder)])


def _end_all(scratch):
    """What the page starts in the background, if it did not come to its end."""
    for file in Path(scratch).glob("*/pid"):
        pid = int(file.read_text())
        with contextlib.suppress(OSError):
            if b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)


def the_page_holds():
    wrong, together = [], []
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as end:
        end.callback(_end_all, scratch)
        for language, host, text in pages.BLOCK.findall((ROOT / "docs/deployment.md").read_text()):
            if language != "sh":
                continue
            where = Path(scratch) / host
            if text.removeprefix("$ ").startswith(TOGETHER):
                together.append(threading.Thread(target=_run, args=(text, where, wrong)))
                if len(together) == 3:
                    for thread in together:
                        thread.start()
                    for thread in together:
                        thread.join()
                    together = []
                continue
            _run(text, where, wrong)
    assert not together, "a block that three hosts run is missing at some"
    assert not wrong, "\n\n".join(wrong)


main(globals())

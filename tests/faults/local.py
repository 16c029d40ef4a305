"""Local runs (`moot run`) with everything they leave behind, for the tests beside this file."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(os.environ["ROOT"])
sys.path.insert(0, str(ROOT / "tests/hosts"))
from world import MOOT, PATIENCE, expect, wait_until  # noqa: E402

PROGRAM = ROOT / "programs/second-price.moot"
BIDS = {"bidder": [{"bid": 310}, {"bid": 420}]}
OUTPUTS = {"bidder": [{"price": 310}, {"price": 310}], "auctioneer": {"price": 310, "winner": 1}}


def state(pid):
    """(parent, session, state, name) of a process, or None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
    return int(rest[1]), int(rest[3]), rest[0], name


def processes():
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


class Run:
    """`moot run` in a session of its own, with a runtime folder and a folder for outputs of its own. Leaving the block
    looks that nothing is left of it."""

    def __init__(self, *arguments, program=PROGRAM, data=BIDS, before="", environment=None, out=True):
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = Path(self.scratch.name)
        self.runtime, self.out = self.folder / "runtime", self.folder / "out"
        self.runtime.mkdir(mode=0o700)
        (self.folder / "data.json").write_text(json.dumps(data))
        line = [MOOT, "run", str(program), "--data", str(self.folder / "data.json"), "--json", *arguments]
        if out:
            line += ["--out", str(self.out)]
        self.said = [open(self.folder / name, "w+") for name in ("stdout", "stderr")]
        if before:  # a shell sets limits that would break the interpreter in this place
            line = ["bash", "-c", before + '\nexec "$@"', "-", *line]
        self.process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=self.said[0], stderr=self.said[1], start_new_session=True,
                                        env={**os.environ, "XDG_RUNTIME_DIR": str(self.runtime), **(environment or {})})

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.end_all()
        self.process.wait()
        for file in self.said:
            file.close()
        self.scratch.cleanup()

    def left(self):
        """Processes of the session, zombies aside."""
        found = ((pid, state(pid)) for pid in processes())
        return [pid for pid, s in found if s and s[1] == self.process.pid and s[2] != "Z"]

    def members(self):
        return [pid for pid in self.left() if pid != self.process.pid]

    def end_all(self):
        for pid in self.left():
            os.kill(pid, signal.SIGKILL)

    def finish(self):
        """Waits for the end; (exit code, stdout, stderr). Whatever it came to, nothing is left running or lying about, and
        outputs are there whole or not at all."""
        try:
            code = self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.end_all()
            raise AssertionError(f"it hangs: {self.text(1)}") from None
        wait_until(lambda: not self.left(), f"processes are left: {[state(p) for p in self.left()]}")
        wait_until(lambda: not self.lying(), f"left in the runtime folder: {self.lying()}")
        for file in self.out.iterdir() if self.out.exists() else []:
            expect(file.suffix == ".json", f"a half-written {file}")
            json.loads(file.read_text())
        return code, self.text(0), self.text(1)

    def lying(self):
        """What is left in the runtime folder. A command that is killed (SIGKILL) after it has made its folder and before it has a first
        member leaves nobody who could remove it: then it is empty."""
        killed = self.process.returncode == -signal.SIGKILL
        return [path for path in self.runtime.iterdir() if not killed or any(path.iterdir())]

    def text(self, which):
        self.said[which].flush()
        return (self.folder / ("stdout", "stderr")[which]).read_text()

    def judge(self, *codes):
        """It ended with the right outputs, or with one of these exit codes, in silence on stdout and with a word on
        stderr (but for an interrupt). Returns the code and the words."""
        code, out, err = self.finish()
        if code == 0:
            expect(json.loads(out)["outputs"] == OUTPUTS, f"wrong outputs: {out}")
            return code, err
        expect(code in codes, f"exit {code}, not 0 or {codes}: {err}")
        expect(not out, f"exit {code}, and on stdout: {out}")
        expect(code < 0 or code > 128 or "error" in err, f"exit {code} without a word: {err}")
        return code, err


def main(claims, options=()):
    """Runs the claims; `options` are those that the command line may set as NAME=NUMBER."""
    given = dict(a.split("=") for a in sys.argv[1:] if "=" in a)
    chosen = [a for a in sys.argv[1:] if "=" not in a]
    values = {name: int(given.get(name, default)) for name, default in options}
    failed = 0
    for claim in claims:
        if chosen and claim.__name__ not in chosen:
            continue
        began = time.monotonic()
        try:
            said = claim(**{k: v for k, v in values.items() if k in claim.__code__.co_varnames[:claim.__code__.co_argcount]})
            print(f"{claim.__name__}: {time.monotonic() - began:.1f} s{'; ' + said if said else ''}")
        except AssertionError as error:
            print(f"FAILED {claim.__name__}: {error}", file=sys.stderr)
            failed += 1
    sys.exit(1 if failed else 0)

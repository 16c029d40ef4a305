"""Several hosts of a deployment on 127.0.0.1, each a folder of its own, for the tests beside this file."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOOT = os.environ["MOOT"]
ROOT = Path(os.environ["ROOT"])
PATIENCE = 60  # seconds until a process is held to hang


class World:
    """Parties with keys, ports and folders. A port is held by a socket that never listens, so that nobody else
    gets it and the party still may (SO_REUSEADDR on both sides)."""

    def __init__(self, roles, **more):
        self.folder = Path(self._enter(tempfile.TemporaryDirectory()))
        self.config = {"version": 1, "session": "test", "parties": [], "limits": {"peer_timeout": "20s"}, **more}
        self.running = []
        for name, role in roles.items():
            self.add(name, role)

    def _enter(self, context):
        self._stack = getattr(self, "_stack", contextlib.ExitStack())
        return self._stack.enter_context(context)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
        self._stack.close()

    def port(self):
        holder = self._enter(socket.socket())
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]

    def add(self, name, role=None):
        """One more party: its folder NAME/ with NAME.key, and its entry in the parties file."""
        (self.folder / name).mkdir()
        entry = {"name": name, "address": f"tcp://127.0.0.1:{self.port()}", "public_key": self.keygen(name)}
        if role:
            entry["role"] = role
        self.config["parties"].append(entry)

    def keygen(self, name, file=None):
        done = subprocess.run([MOOT, "keygen", file or name], cwd=self.folder / name, capture_output=True, text=True)
        expect(done.returncode == 0, done.stderr)
        return done.stdout.strip()

    def entry(self, name):
        return next(p for p in self.config["parties"] if p["name"] == name)

    def write(self, name, file, content):
        """A file in a party's folder: text as it is, anything else as JSON."""
        path = self.folder / name / file
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def at(self, name, line):
        """The command line that runs `line` at this party's host."""
        return line

    def start(self, name, command, *arguments, config=None):
        """`moot COMMAND` as this party, in its folder, with its own copy of the parties file."""
        self.write(name, "parties.json", config or self.config)
        line = [MOOT, *command.split(), "--config", "parties.json", "--as", name, "--key", f"{name}.key", *arguments]
        said = [self._enter(tempfile.TemporaryFile("w+")) for _ in range(2)]  # no pipe, which would fill up unread
        process = subprocess.Popen(self.at(name, line), cwd=self.folder / name, stdin=subprocess.DEVNULL, stdout=said[0], stderr=said[1])
        process.said = said
        self.running.append(process)
        return process

    def party(self, name, program, data=None, *arguments, config=None):
        if data is not None:
            self.write(name, "data.json", data)
            arguments = ("--data", "data.json", *arguments)
        return self.start(name, f"party {program}", *arguments, config=config)


class Result:
    def __init__(self, process):
        try:
            self.code = process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{process.args} hangs: {self._read(process)[1]}") from None
        self.out, self.err = self._read(process)

    @staticmethod
    def _read(process):
        for file in process.said:
            file.seek(0)
        return [file.read() for file in process.said]

    def json(self):
        expect(self.code == 0, f"exit {self.code}: {self.err}")
        return json.loads(self.out)

    def refused(self, code, *texts):
        """It failed with this exit code, said all these texts, and printed nothing on standard output."""
        expect(self.code == code, f"exit {self.code}, not {code}: {self.err}")
        expect(not self.out, f"printed {self.out!r}")
        for text in texts:
            expect(text in self.err, f"does not say {text!r}: {self.err}")


def expect(true, what):
    if not true:
        raise AssertionError(what)


def wait_until(true, what, seconds=10):
    """Polls until true() is; returns what it is then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited in vain: {what}")


def listens(world, name):
    """Has the party opened its port?"""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(world.entry(name)["address"].split(":")[-1]))) == 0


def main(claims):
    """Runs the functions whose names do not begin with '_'; says which claim does not hold."""
    failed = 0
    chosen = sys.argv[1:]
    for name, claim in list(claims.items()):
        if not callable(claim) or isinstance(claim, type) or getattr(claim, "__module__", "") != "__main__" or name.startswith("_"):
            continue
        if chosen and name not in chosen:
            continue
        began = time.monotonic()
        try:
            claim()
            print(f"{name}: {time.monotonic() - began:.1f} s")
        except AssertionError as error:
            print(f"FAILED {name}: {error}", file=sys.stderr)
            failed += 1
    sys.exit(1 if failed else 0)

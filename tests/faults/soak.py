"""Three serving nodes, many sessions at a time, for long: every result right, memory, descriptors and threads flat.

usage: soak.py [sessions=N] [at_once=N]      by hand: sessions=10000
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["ROOT"]) / "tests/hosts"))
from serve import NODES, Service  # noqa: E402
from world import expect, wait_until  # noqa: E402

from local import main  # noqa: E402

PROGRAM = "party  owner[n]\ninput  x from owner : int 0..1_000_000\noutput y to all : int\noutput m to all : int\nx sum reveal y\nx maximum reveal m\n"
PATIENCE = 120  # seconds without a session that ends
FILES_MORE = 4  # descriptors at rest afterwards, beyond those before the first session
KIB_MORE = 4096  # what the later half may take beyond the earlier, and a tenth
ENDINGS = ("json", "data.json", "out.json")


def _number(session, node):
    return (session * 7919 + node * 104729) % 1_000_001


def _status(pid, field):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


class Soak:
    """Sessions are dropped, awaited at all nodes, checked and cleared away; what the nodes take is noted on the way."""

    def __init__(self, service):
        self.service, self.open, self.samples = service, set(), []
        self.folder = {name: service.folder / name / "sessions" for name in NODES}

    def drop(self, k):
        self.service.drop(f"s{k}", {name: {"x": _number(k, i)} for i, name in enumerate(NODES)}, program="soak.moot", role="owner")
        self.open.add(k)

    def take(self, k):
        """True when it has ended everywhere; then its files are gone."""
        paths = [self.folder[name] / f"s{k}.out.json" for name in NODES]
        failed = [self.folder[name] / f"s{k}.error.json" for name in NODES]
        for path in failed:
            expect(not path.exists(), f"{path.name}: {path.read_text() if path.exists() else ''}")
        if not all(path.exists() for path in paths):
            return False
        numbers = [_number(k, i) for i in range(len(NODES))]
        for name in NODES:
            got = self.service.result(name, f"s{k}")["outputs"]
            expect(got == {"y": sum(numbers), "m": max(numbers)}, f"{name} s{k}: {got}")
            for ending in ENDINGS:
                (self.folder[name] / f"s{k}.{ending}").unlink()
        self.open.remove(k)
        return True

    def sample(self):
        self.samples.append({name: (_status(p.pid, "VmRSS"), _status(p.pid, "Threads"))
                             for name, p in self.service.node.items()})

    def descriptors(self):
        return {name: len(os.listdir(f"/proc/{p.pid}/fd")) for name, p in self.service.node.items()}

    def rests(self, before):
        """Sessions that end open files meanwhile, more on a busy machine; afterwards as many are open as before."""
        wait_until(lambda: all(now <= before[name] + FILES_MORE for name, now in self.descriptors().items()),
                   f"descriptors stay open: {before} became {self.descriptors()}")
        return f"descriptors at rest {sorted(before.values())} -> {sorted(self.descriptors().values())}"

    def flat(self):
        """The largest of the second quarter against the largest of the last."""
        quarter = max(1, len(self.samples) // 4)
        said = []
        for name in NODES:
            early, late = ([max(s[name][i] for s in part) for i in range(2)]
                           for part in (self.samples[quarter:2 * quarter] or self.samples[:1], self.samples[-quarter:]))
            expect(late[0] <= early[0] * 1.1 + KIB_MORE, f"{name}: memory grew from {early[0]} to {late[0]} KiB")
            expect(late[1] <= early[1] + 50, f"{name}: {early[1]} threads became {late[1]}")
            said.append(f"{name} {early[0] / 1024:.1f} -> {late[0] / 1024:.1f} MiB")
        return "; ".join(said)


def nothing_grows(sessions, at_once):
    with Service() as service:
        for name in NODES:
            service.write(name, "programs/soak.moot", PROGRAM)
        service.serve()
        service.up()
        soak, dropped, done, began, last = Soak(service), 0, 0, time.monotonic(), time.monotonic()
        before = soak.descriptors()
        while done < sessions:
            while dropped < sessions and len(soak.open) < at_once:
                soak.drop(dropped)
                dropped += 1
            ended = sum(soak.take(k) for k in sorted(soak.open))
            done += ended
            if ended:
                last = time.monotonic()
                soak.sample()
            expect(time.monotonic() - last < PATIENCE, f"none of {len(soak.open)} sessions ended in {PATIENCE} s, after {done}")
            time.sleep(0.05)
        took = time.monotonic() - began
        said = f"{soak.flat()}; {soak.rests(before)}"
        service.stop()
        return f"{done} sessions, {at_once} at a time, {done / took:.0f} a second; {said}"


if __name__ == "__main__":
    main((nothing_grows,), (("sessions", 300), ("at_once", 50)))

"""What others do to a party or a node from outside: an earlier session played again, a crowd that says nothing, a log that
nobody reads, a port that is taken, a party that never comes."""

import copy
import os
import resource
import select
import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["ROOT"]) / "tests/hosts"))
from serve import NODES, PAY, SLOW, Service  # noqa: E402
from world import ROOT, Result, World, expect, listens, wait_until  # noqa: E402

from local import main  # noqa: E402

OWNERS = {"ann": "owner", "ben": "owner", "cho": "owner"}
DATA = {"ann": {"x": 5}, "ben": {"x": 900}, "cho": {"x": 71}}


def _port(world, name):
    return int(world.entry(name)["address"].split(":")[-1])


class Tape:
    """A wire to a port that notes what is sent over it."""

    def __init__(self, port):
        self.to, self.sent = port, []  # a list of bytes for each connection
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.ends = [self.listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                here, _ = self.listener.accept()
            except OSError:
                return
            try:
                there = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                here.close()
                continue
            self.ends += [here, there]
            self.sent.append([])
            threading.Thread(target=self._pass_on, args=(here, there, self.sent[-1]), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(there, here, None), daemon=True).start()

    @staticmethod
    def _pass_on(source, to, note):
        try:
            while data := source.recv(65536):
                if note is not None:
                    note.append(data)
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        for end in self.ends:
            end.close()

    def play(self):
        """Everything again, to the same port, each piece once the last was answered or half a second has passed."""
        for pieces in self.sent:
            with socket.socket() as player:
                try:
                    player.connect(("127.0.0.1", self.to))
                    for piece in pieces:
                        player.sendall(piece)
                        if select.select([player], [], [], 0.05)[0] and not player.recv(65536):
                            break
                except OSError:
                    pass  # it was shown the door


def _run_slow(world, rounds, before=lambda: None, during=lambda: None, configs=()):
    """All three parties of a program that lasts; between the start of ben and that of the others `before`, then `during`."""
    program = world.write("ben", "slow.moot", SLOW.replace("1500", str(rounds)))
    configs = dict(configs)
    parties = [world.party("ben", program, DATA["ben"], "--json", config=configs.get("ben"))]
    wait_until(lambda: listens(world, "ben"), "ben listens", 30)
    before()
    parties += [world.party(name, program, DATA[name], "--json", config=configs.get(name)) for name in ("ann", "cho")]
    during()
    for process in parties:
        result = Result(process)
        expect(result.json()["outputs"] == {"y": (900 + rounds) % 7}, f"{result.out} {result.err}")


def a_recorded_session_played_again_is_nobody():
    with World(OWNERS) as world:
        tape = Tape(_port(world, "ben"))
        around = copy.deepcopy(world.config)  # ann reaches ben over the tape: addresses may differ
        next(p for p in around["parties"] if p["name"] == "ben")["address"] = f"tcp://127.0.0.1:{tape.port}"
        _run_slow(world, 3, configs={"ann": around})
        tape.close()
        pieces = sum(len(p) for p in tape.sent)
        expect(pieces > 5, f"only {pieces} pieces were recorded")
        _run_slow(world, 40, before=tape.play, during=tape.play)
        return f"{pieces} pieces of {len(tape.sent)} connections, twice"


def a_port_that_is_taken_is_told():
    with World(OWNERS) as world, socket.create_server(("127.0.0.1", 0)) as taken:
        world.entry("ann")["address"] = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        program = world.write("ann", "slow.moot", SLOW)
        Result(world.party("ann", program, DATA["ann"])).refused(4, "cannot listen on", "Address already in use")


def a_party_that_never_comes_is_named():
    with World(OWNERS, limits={"peer_timeout": "20s", "start_timeout": "2s"}) as world:
        program = world.write("ann", "slow.moot", SLOW)
        parties = [world.party(name, program, DATA[name]) for name in ("ann", "ben")]
        for process in parties:
            Result(process).refused(5, "cho (127.0.0.1:")


def a_crowd_that_says_nothing_keeps_no_session_from_running():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    with Service().serve() as service:
        service.up()
        crowd = []
        for k in range(1000):
            crowd.append(socket.socket())
            crowd[-1].setblocking(False)
            crowd[-1].connect_ex(("127.0.0.1", _port(service, "ann")))
        service.drop("may", PAY)
        for name in NODES:
            expect(abs(service.result(name, "may")["outputs"]["average"] - 3000.333333) < 1e-5, f"a wrong result at {name}")
        for guest in crowd:
            guest.close()
        service.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def a_log_that_nobody_reads_holds_up_nothing():
    with Service() as service:
        fifo = str(service.folder / "log")
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        try:
            while os.write(reader, b"-" * 4096):
                pass
        except BlockingIOError:
            pass  # full
        service.at = lambda name, line: ["bash", "-c", f'exec "$@" 2>{fifo}', "-", *line] if name == "ann" else line
        service.serve()
        service.up()
        service.drop("may", PAY)
        for name in NODES:
            expect(service.result(name, "may")["outputs"], f"it did not run at {name}")
        said = b""

        def drain():
            nonlocal said
            try:
                while part := os.read(reader, 65536):
                    said += part.replace(b"-" * 64, b"")
            except BlockingIOError:
                return b'"event":"log.lost"' in said.replace(b" ", b"")

        drain()
        service.drop("june", PAY)
        wait_until(drain, "it says how much was lost", 30)
        service.node.pop("ann").kill()
        os.close(reader)


if __name__ == "__main__":
    main((a_recorded_session_played_again_is_nobody, a_port_that_is_taken_is_told, a_party_that_never_comes_is_named,
          a_crowd_that_says_nothing_keeps_no_session_from_running, a_log_that_nobody_reads_holds_up_nothing))

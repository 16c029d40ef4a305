#!/usr/bin/env python3
"""moot serve: three nodes that stay up, sessions as files, restarts, limits of what may run, logs and metrics."""

import json
import os
import re
import signal
import socket
import time
import urllib.error
import urllib.request

from world import PATIENCE, ROOT, Result, World, expect, listens, main, wait_until

NODES = {"ann": None, "ben": None, "cho": None}
SALARY = (ROOT / "programs/salary.moot").read_text()
SLOW = """party  owner[n]
input  x from owner : int 0..1000
output y to all : int
x maximum  1500 [ 1 + 7 mod ] times  reveal y
"""


class Service(World):
    """Three nodes with their folders; sessions are named and put into all of them."""

    def __init__(self, **limits):
        super().__init__(NODES, limits={"peer_timeout": "10s", **limits})
        self.config.pop("session")
        self.node, self.http = {}, {}
        for name in NODES:
            for folder in ("programs", "sessions"):
                (self.folder / name / folder).mkdir()
            self.write(name, "programs/salary.moot", SALARY)
            self.write(name, "programs/slow.moot", SLOW)

    def serve(self, *names, arguments=()):
        for name in names or NODES:
            self.http[name] = self.port()
            self.node[name] = self.start(name, "serve", "--allow", "programs", "--sessions", "sessions", "--log", "json",
                                         "--http", str(self.http[name]), *arguments)
        return self

    def file(self, session, program="salary.moot", role="employee", **more):
        """The parties file of a session."""
        nodes = [{**entry, "role": role} for entry in self.config["parties"]]
        return {"version": 1, "session": session, "program": program, "parties": nodes, **more}

    def drop(self, session, data=None, names=NODES, content=None, **more):
        """Puts a session at these nodes, each with its own data, as an operator would: first the data."""
        for name in names:
            if data is not None:
                self.write(name, f"sessions/{session}.data.json", data[name])
            self.write(name, f"sessions/{session}.json", content or self.file(session, **more))

    def path(self, name, session, ending):
        return self.folder / name / "sessions" / f"{session}.{ending}.json"

    def result(self, name, session, ending="out"):
        path = self.path(name, session, ending)
        wait_until(path.exists, f"{path}", 30)
        expect(path.stat().st_mode & 0o777 == 0o600, f"{path} can be read by others")
        return json.loads(path.read_text())

    def up(self):
        """Waits until all hear all."""
        for name in NODES:
            wait_until(lambda: self.metrics(name).get("moot_peer_up") == [1.0, 1.0], f"{name} hears the others")

    def page(self, name, path, method="GET"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http[name]}{path}", method=method)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.read().decode()

    def metrics(self, name):
        found = {}
        try:
            text = self.page(name, "/metrics")
        except OSError:
            return found
        for line in text.splitlines():
            if not line.startswith("#"):
                key, value = line.rsplit(" ", 1)
                found.setdefault(key.split("{")[0], []).append(float(value))
        return found

    def stop(self, *names):
        """Ends nodes by SIGTERM; their logs, a list of objects each."""
        logs = {}
        for name in names or self.node:
            self.node[name].send_signal(signal.SIGTERM)
        for name in names or list(self.node):
            result = Result(self.node.pop(name))
            expect(result.code == 0, f"{name}: exit {result.code}: {result.err[-2000:]}")
            expect(not result.out, result.out)
            logs[name] = [json.loads(line) for line in result.err.splitlines()]
        return logs


PAY = {"ann": {"salary": 1000}, "ben": {"salary": 2000}, "cho": {"salary": 6001}}


def a_session_runs_when_all_have_it_and_their_data():
    with Service().serve() as service:
        service.drop("may", PAY, names=("ann", "ben"))
        service.drop("may", names=("cho",))
        time.sleep(1)
        expect(not service.path("ann", "may", "out").exists(), "it ran without cho's data")
        service.write("cho", "sessions/may.data.json", PAY["cho"])
        results = {name: service.result(name, "may") for name in NODES}
        for name, result in results.items():
            expect(result["outputs"] == {"average": 3000.3333333} or abs(result["outputs"]["average"] - 3000.333333) < 1e-5,
                   f"{result}")
            expect(result["schema"] == "moot.run/1" and len(result["bytes_sent"]) == 1, f"{result}")
        logs = service.stop()
        for log in logs.values():
            events = [entry["event"] for entry in log]
            expect(events[0] == "node.started" and events[-1] == "node.stopped", f"{events}")
            expect("session.started" in events and "session.done" in events, f"{events}")
        expect("session.waits" in [entry["event"] for entry in logs["cho"]], "cho did not say that it waits")


def a_file_from_the_future_is_taken_up():
    """A clock that goes back, or a copy from a host whose clock is fast, leaves such files."""
    with Service().serve() as service:
        service.up()
        service.drop("early", PAY, names=())
        for name in NODES:
            for file, content in (("early.data.json", PAY[name]), ("early.json", service.file("early"))):
                path = service.write(name, f"sessions/.{file}", content)
                os.utime(path, (time.time() + 86400,) * 2)
                path.rename(service.folder / name / "sessions" / file)
        for name in NODES:
            expect(service.result(name, "early")["outputs"], "it ran")
        service.stop()


def _most_at_once(log):
    """From the log of a node: the largest number of sessions between started and done."""
    running = most = 0
    for entry in log:
        running += (entry["event"] == "session.started") - (entry["event"] == "session.done")
        most = max(most, running)
    return most


def two_hundred_sessions_run_at_once():
    """They are there before the nodes are. Each lasts longer than it takes a busy machine to start all."""
    count, rounds = 200, 10
    with Service() as service:
        for k in range(count):
            service.drop(f"s{k}", {name: {"x": k + i} for i, name in enumerate(NODES)}, program="some.moot", role="owner")
        for name in NODES:
            service.write(name, "programs/some.moot", SLOW.replace("1500", str(rounds)))
        service.serve()
        wait_until(lambda: service.metrics("ann").get("moot_sessions_total") == [count, 0, 0], "all are done", PATIENCE)
        for k in range(count):
            for name in NODES:
                got = service.result(name, f"s{k}")["outputs"]["y"]
                expect(got == (k + 2 + rounds) % 7, f"{name} s{k}: {got}")
        wait_until(lambda: service.metrics("ann")["moot_sessions_running"] == [0], "all have ended")
        expect(service.metrics("ann")["moot_sessions_total"] == [count, 0, 0], f"{service.metrics('ann')}")
        most = {name: _most_at_once(log) for name, log in service.stop().items()}
        expect(all(at_once == count for at_once in most.values()), f"at most {most} at once")


def one_that_is_refused_or_fails_harms_no_other():
    with Service().serve() as service:
        service.up()
        service.drop("bad-data", {**PAY, "ben": {"salary": -987654}})
        service.drop("no-program", PAY, program="other.moot")
        service.drop("outside", PAY, program="../ann.key")
        service.drop("strangers", content={**service.file("strangers"), "parties": service.file("x")["parties"][::-1]})
        service.drop("misnamed", content=service.file("another"))
        service.drop("broken", content='{"version": 1, "session": "broken"', names=("cho",))
        service.drop("limit", PAY, limits={"max_rounds": 2})
        service.drop("good", PAY)
        expect(service.result("ann", "good")["outputs"], "the good one ran")
        for session, name, code, says in (
            ("bad-data", "ben", 3, "-987654 is outside"), ("no-program", "ann", 4, "not among those that may run here"),
            ("outside", "ben", 4, "should be the name of a .moot file"), ("strangers", "cho", 4, 'this has \"cho\", not \"ann\"'),
            ("misnamed", "ann", 4, "its name should be another.json"), ("limit", "ann", 7, "max_rounds is 2"),
            ("broken", "cho", 4, "the JSON ends"),
        ):
            error = service.result(name, session, "error")
            expect(error["exit"] == code and says in error["text"], f"{session}: {error}")
        expect(service.result("ann", "no-program", "error")["code"] == "N08", "the code of a program that is not there")
        text = json.dumps(service.stop())
        expect("987654" not in text, "a value of the data is in the log")
        for secret in [(service.folder / name / f"{name}.key").read_text().strip() for name in NODES]:
            expect(secret not in text, "a key is in the log")


def nobody_makes_a_node_run_what_its_operator_has_not():
    with Service().serve() as service:
        service.up()
        service.write("ben", "programs/salary.moot", SALARY.replace("1_000_000", "2_000_000"))
        service.drop("other-text", PAY)
        service.drop("other-params", PAY, names=("ann", "ben"))
        service.drop("other-params", PAY, names=("cho",), threshold=1, limits={"max_rounds": 999})
        time.sleep(2.5)
        for session in ("other-text", "other-params"):
            for name in NODES:
                expect(not service.path(name, session, "out").exists(), f"{session} ran at {name}")
        service.write("ben", "programs/salary.moot", SALARY)  # too late for the copy that was taken up
        texts = [entry["text"] for entry in service.stop("ann")["ann"] if entry["event"] == "session.differs"]
        expect("the text of its program is not the same there" in texts, f"{texts}")
        expect("its file is not the same there" in texts, f"{texts}")


def a_node_that_was_killed_rejoins_and_loses_no_session():
    with Service().serve() as service:
        service.up()
        service.drop("before", PAY)
        service.result("cho", "before")
        service.node["ben"].kill()
        service.node["ben"].wait()
        service.drop("meanwhile", PAY)
        time.sleep(1)
        service.serve("ben")
        service.up()
        for name in NODES:
            expect(service.result(name, "meanwhile")["outputs"], "it ran with the restarted node")
        service.drop("after", PAY)
        for name in NODES:
            service.result(name, "after")
        service.stop()


def a_session_under_way_fails_when_a_node_dies_and_others_go_on():
    with Service().serve() as service:
        service.up()
        service.drop("slow", {name: {"x": 5} for name in NODES}, program="slow.moot", role="owner")
        wait_until(lambda: service.metrics("ann").get("moot_sessions_running") == [1.0], "it runs")
        time.sleep(0.3)
        service.node["ben"].kill()
        service.node["ben"].wait()
        for name in ("ann", "cho"):
            error = service.result(name, "slow", "error")
            expect(error["exit"] == 5 and "lost ben" in error["text"], f"{error}")
        service.serve("ben")
        error = service.result("ben", "slow", "error")
        expect("has ended at" in error["text"], f"{error}")
        service.drop("next", PAY)
        for name in NODES:
            service.result(name, "next")
        service.stop()


def sigterm_lets_running_sessions_finish():
    with Service().serve() as service:
        service.up()
        service.drop("slow", {name: {"x": 5} for name in NODES}, program="slow.moot", role="owner")
        for name in NODES:
            wait_until(lambda: service.metrics(name).get("moot_sessions_running") == [1.0], "it runs")
        logs = service.stop()
        for name in NODES:
            expect(service.result(name, "slow")["outputs"] == {"y": (5 + 1500) % 7}, "it finished")
            events = [entry["event"] for entry in logs[name]]
            expect(events.index("node.stopping") < events.index("session.done"), f"{events}")


def after_the_grace_time_they_are_stopped():
    with Service().serve(arguments=("--grace", "0")) as service:
        service.up()
        service.drop("slow", {name: {"x": 5} for name in NODES}, program="slow.moot", role="owner")
        for name in NODES:
            wait_until(lambda: service.metrics(name).get("moot_sessions_running") == [1.0], "it runs")
        service.stop("ann")
        for name in ("ben", "cho"):
            error = service.result(name, "slow", "error")
            expect(error["exit"] == 5 and "ann" in error["text"], f"{error}")
        service.stop()


def pages_are_answered_on_loopback_alone():
    with Service().serve("ann") as service:
        wait_until(lambda: service.metrics("ann"), "metrics")
        expect(service.page("ann", "/healthz") == "ok\n", "healthz")
        text = service.page("ann", "/metrics")
        for line in text.splitlines():
            expect(re.fullmatch(r'# (HELP|TYPE) moot_\w+ .+|moot_\w+(\{\w+="[^"]*"\})? [0-9.e+-]+', line), f"{line!r}")
        for path, method, code in (("/", "GET", 404), ("/metrics", "POST", 405)):
            try:
                service.page("ann", path, method)
                raise AssertionError(f"{method} {path} is answered")
            except urllib.error.HTTPError as error:
                expect(error.code == code, f"{error}")
        own = socket.gethostbyname(socket.gethostname())
        if not own.startswith("127."):
            with socket.socket() as probe:
                expect(probe.connect_ex((own, service.http["ann"])) != 0, "it listens beyond loopback")
        service.stop()


def wrong_starts_are_refused():
    with Service() as service:
        where = ("--allow", "programs", "--sessions", "sessions")
        for arguments, config, code, says in (
            ((), None, 2, "`moot serve` wants `--allow DIR`"),
            (("--allow", "programs"), None, 2, "`moot serve` wants `--sessions DIR`"),
            (("--allow", "nowhere", "--sessions", "sessions"), None, 2, "nowhere cannot be used as a folder"),
            (where, {**service.config, "session": "x"}, 4, '"session" is no key of a parties file here'),
            (where, {**service.config, "parties": service.file("x")["parties"]}, 4, '"role" is no key of a parties file here'),
            ((*where, "--http", "99999999"), None, 2, "`--http` wants PORT"),
        ):
            Result(service.start("ann", "serve", *arguments, config=config)).refused(code, says)


if __name__ == "__main__":
    main(globals())

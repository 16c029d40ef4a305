#!/usr/bin/env python3
"""moot submit: owners who give their data to three nodes and go, the session that runs without them, and what they learn."""

import json
import os
import signal
import sqlite3
import time
from datetime import datetime, timedelta, timezone

from world import MOOT, PATIENCE, Result, World, expect, main, wait_until

NODES = ("ann", "ben", "cho")
VOTE = """party  voter[n]
party  clerk
input  weight from voter : int 0..1000
input  yes    from voter : bool
input  scale  from clerk : int 1..10
output total  to all     : int
output mine   to voter   : int

weight yes mask  dup  sum scale *  reveal total
  scale *  reveal mine
"""


class Service(World):
    """Three nodes, of which ben is the clerk, and owners o0, o1, … who submit."""

    def __init__(self, owners, program=VOTE):
        super().__init__({name: None for name in NODES}, limits={"peer_timeout": "10s"})
        self.config.pop("session")
        self.node, self.program = {}, program
        for name in NODES:
            for folder in ("programs", "sessions"):
                (self.folder / name / folder).mkdir()
            self.write(name, "programs/vote.moot", program)
        self.owners = [f"o{k}" for k in range(owners)]
        self.keys = {}
        for name in self.owners:
            (self.folder / name).mkdir()
            self.keys[name] = self.keygen(name)
            self.write(name, "vote.moot", program)

    def serve(self, *names):
        for name in names or NODES:
            self.node[name] = self.start(name, "serve", "--allow", "programs", "--sessions", "sessions", "--log", "json")
        return self

    def file(self, session, **more):
        roles = {"ben": "clerk"}
        nodes = [{**e, "role": roles[e["name"]]} if e["name"] in roles else e for e in self.config["parties"]]
        owners = [{"name": o, "role": "voter", "public_key": self.keys[o]} for o in self.owners]
        return {"version": 1, "session": session, "program": "vote.moot", "parties": nodes + owners,
                "limits": {"peer_timeout": "10s"}, **more}

    def drop(self, session, **more):
        self.write("ben", f"sessions/{session}.data.json", {"scale": 3})
        content = self.file(session, **more)
        for name in NODES:
            self.write(name, f"sessions/{session}.json", content)
        return content

    def begin(self, owner, content, data=None, *arguments):
        if data is not None:
            self.write(owner, "own.json", data)
            arguments = ("--data", "own.json", *arguments)
        return self.start(owner, "submit", "--session", content["session"], *arguments, config=content)

    def submit(self, owner, content, data=None, *arguments):
        return Result(self.begin(owner, content, data, *arguments))

    def result(self, name, session, ending="out", seconds=30):
        path = self.folder / name / "sessions" / f"{session}.{ending}.json"
        wait_until(path.exists, f"{path}", seconds)
        return json.loads(path.read_text())

    def learned(self, owner, content):
        """What the owner learns, once the session is over."""
        def ask():
            done = self.submit(owner, content, None, "--json").json()
            return done if done["schema"] == "moot.run/1" else None
        return wait_until(ask, f"{owner} learns", 30)["outputs"]

    def stop(self, *names):
        for name in names or list(self.node):
            self.node[name].send_signal(signal.SIGTERM)
        return {name: Result(self.node.pop(name)) for name in names or list(self.node)}

    def kill(self, name):
        node = self.node.pop(name)
        node.kill()
        node.wait()


    def alter(self, name, statement):
        """The store of a node that is not up."""
        with sqlite3.connect(self.folder / name / "sessions/submissions.sqlite") as store:
            store.execute(statement)
        store.close()


def _in(seconds):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


GIVEN = [{"weight": 10 * k + 1, "yes": k % 2 == 0} for k in range(5)]
SAID = [3 * g["weight"] * g["yes"] for g in GIVEN]


def owners_submit_go_and_come_back():
    with Service(3).serve() as service:
        vote = service.drop("may")
        _give(service, vote, {"o0": GIVEN[0], "o1": GIVEN[1]})
        waits = service.submit("o0", vote, None, "--json").json()
        expect(waits["state"] == "waiting" and waits["submitted"] == 2 and waits["owners"] == 3, f"{waits}")
        service.submit("o0", vote, GIVEN[0]).refused(4, "already", "N10")
        service.submit("o2", vote).refused(2, "--data")
        service.submit("o2", vote, {"weight": 2000, "yes": True}).refused(3, "2000")
        done = service.submit("o2", vote, GIVEN[2])
        expect(done.code == 0 and "submitted" in done.out and "min 21" in done.err, done.out + done.err)
        for name in NODES:
            got = service.result(name, "may")["outputs"]
            expect(got == ({} if name != "ben" else {"total": sum(SAID[:3])}), f"{name}: {got}")
        for k in range(3):
            got = service.learned(f"o{k}", vote)
            expect(got == {"total": sum(SAID[:3]), "mine": SAID[k]}, f"o{k}: {got}")
        text = service.submit("o1", vote)
        expect(f"total = {sum(SAID[:3])}" in text.out, text.out)
        logs = service.stop()
        expect("submission.counts" in logs["ann"].err, logs["ann"].err)
        expect("31" not in [str(v) for line in logs["ann"].err.splitlines() for v in json.loads(line).values()], "a value in the log")


def _give(service, content, data, *arguments):
    """Owner after owner, as soon as the nodes have the session."""
    for owner, own in data.items():
        done = wait_until(lambda: (r := service.submit(owner, content, own, "--timeout", "3", *arguments)).code == 0 and r, owner)
        expect(done.code == 0, done.err)


def the_group_is_as_large_as_the_number_that_came():
    with Service(4).serve() as service:
        deadline = _in(6)
        vote = service.drop("few", collect={"deadline": deadline, "minimum": 2})
        _give(service, vote, {"o3": GIVEN[3], "o1": GIVEN[1], "o2": GIVEN[2]})
        time.sleep(1)
        expect(not (service.folder / "ann/sessions/few.out.json").exists(), "it did not wait")
        service.result("ann", "few")
        expect(_in(0) >= deadline, "it ran before the deadline")
        for k in (1, 2, 3):
            got = service.learned(f"o{k}", vote)
            expect(got == {"total": sum(SAID[1:4]), "mine": SAID[k]}, f"o{k}: {got}")
        late = service.submit("o0", vote, GIVEN[0], "--timeout", "3")
        expect(late.code in (4, 5) and not late.out, f"{late.code} {late.err}")


def too_few_are_not_computed():
    with Service(3).serve() as service:
        vote = service.drop("none", collect={"deadline": _in(6), "minimum": 2})
        _give(service, vote, {"o0": GIVEN[0]})
        error = service.result("ann", "none", "error")
        expect(error["exit"] == 5 and error["code"] == "N09" and "1 of 3" in error["text"], f"{error}")
        for name in NODES:
            service.result(name, "none", "error")
        service.submit("o0", vote, None).refused(5, "has failed")


def a_second_submission_replaces_the_first_where_the_file_says_so():
    with Service(2).serve() as service:
        vote = service.drop("again", collect={"again": "replace"})
        _give(service, vote, {"o0": GIVEN[4]})
        _give(service, vote, {"o0": GIVEN[2]})
        done = service.submit("o0", vote, GIVEN[0], "--json").json()
        expect(done["submission"] == 3 and done["submitted"] == 1, f"{done}")
        _give(service, vote, {"o1": GIVEN[1]})
        expect(service.learned("o0", vote) == {"total": SAID[0] + SAID[1], "mine": SAID[0]}, "not the last one")


def nodes_that_are_restarted_lose_nothing():
    """Also one that was killed in the middle of all, and before and after the session."""
    with Service(3).serve() as service:
        vote = service.drop("kept")
        _give(service, vote, {"o0": GIVEN[0], "o1": GIVEN[1]})
        for name in NODES:
            service.kill(name)
        service.serve()
        waits = wait_until(lambda: (r := service.submit("o1", vote, None, "--json", "--timeout", "3")).code == 0 and r, "o1").json()
        expect(waits["submitted"] == 2, f"{waits}")
        _give(service, vote, {"o2": GIVEN[2]})
        for name in NODES:
            service.result(name, "kept")
        for name in NODES:
            service.kill(name)
        expect(not (set(os.listdir(service.folder / "ann/sessions")) - {
            "kept.json", "kept.out.json", "submissions.sqlite", "submissions.sqlite-wal", "submissions.sqlite-shm"}), "files are left")
        expect((service.folder / "ann/sessions/submissions.sqlite").stat().st_mode & 0o777 == 0o600, "others can read the store")
        service.serve("ann", "cho")  # t + 1 of them are enough to learn
        for k in range(3):
            got = service.learned(f"o{k}", vote)
            expect(got == {"total": sum(SAID[:3]), "mine": SAID[k]}, f"o{k}: {got}")
        service.alter("ben", "UPDATE kept SET sealed = substr(sealed, 1, length(sealed) - 1) || x'00'")
        service.serve("ben")  # which has something else than it kept: it is not listened to
        got = wait_until(lambda: service.learned("o0", vote), "o0 learns")
        expect(got == {"total": sum(SAID[:3]), "mine": SAID[0]}, f"o0: {got}")


def what_an_owner_told_nodes_differently_is_not_computed():
    with Service(2).serve() as service:
        vote = service.drop("odd")
        _give(service, vote, {"o0": GIVEN[0]})
        service.kill("ben")
        service.alter("ben", "UPDATE submission SET digest = zeroblob(31) || x'01'")
        service.serve("ben")
        _give(service, vote, {"o1": GIVEN[1]})
        error = service.result("ann", "odd", "error")
        expect(error["exit"] == 6 and "what o0 submitted is not the same at all nodes" in error["text"], f"{error}")


def what_was_interrupted_is_finished_by_the_same_command():
    with Service(2).serve() as service:
        vote = service.drop("half")
        _give(service, vote, {"o1": GIVEN[1]})
        service.kill("cho")
        service.submit("o0", vote, GIVEN[0], "--timeout", "2").refused(5, "cho", "does not answer")
        service.serve("cho")
        _give(service, vote, {"o0": GIVEN[0]})
        expect(service.learned("o1", vote) == {"total": SAID[0] + SAID[1], "mine": SAID[1]}, "wrong")


def who_has_another_file_or_program_is_told():
    with Service(2).serve() as service:
        vote = service.drop("same")
        _give(service, vote, {"o1": GIVEN[1]})
        service.submit("o0", {**vote, "limits": {"peer_timeout": "11s"}}, GIVEN[0]).refused(4, "N01", "parties file")
        service.write("o0", "vote.moot", service.program.replace("scale *  reveal mine", "reveal mine"))
        service.submit("o0", vote, GIVEN[0]).refused(4, "N01", "vote.moot")
        service.write("o0", "vote.moot", service.program)
        service.submit("o0", vote, GIVEN[0], "--session", "other").refused(4, "other")
        service.submit("o0", {**vote, "security": "passive"}, GIVEN[0]).refused(4, "N01", "parties file")
        for file in ("o0.key", "o0.pub"):
            (service.folder / "o0" / file).unlink()
        service.keys["o0"] = service.keygen("o0")
        service.submit("o0", vote, GIVEN[0]).refused(4, "N07", "o0")
        service.submit("o0", service.file("same"), GIVEN[0], "--timeout", "2").refused(5, "does not answer", "does not know ours")


LONG = """param  m
party  owner[n]
input  x from owner : fix[m] -100..100
output y to all : fix[m]
output z to owner : int
x transpose sum reveal y
x 0 >= [ count ] map reveal z
"""


def long_submissions_come_in_pieces_and_wide_numbers_in_their_field():
    m = 20_000
    with Service(2, LONG).serve() as service:
        role = service.file("long", params={"m": m})
        for entry in role["parties"]:
            entry.pop("role", None)
        for entry in role["parties"][len(NODES):]:
            entry["role"] = "owner"
        for name in NODES:
            service.write(name, "sessions/long.json", role)
        data = {"o0": {"x": [k % 100 - 50.5 for k in range(m)]}, "o1": {"x": [0.25] * m}}
        _give(service, role, data)
        got = service.learned("o1", role)
        expect(got["y"] == [data["o0"]["x"][k] + 0.25 for k in range(m)], "wrong sums")
        expect(got["z"] == m, f"{got['z']}")


def lists_of_private_length_are_as_long_as_their_bounds_to_the_nodes():
    program = ("party voter[n]\nparty clerk\ninput x from voter : int[..6] 1..9\ninput scale from clerk : int 1..10\n"
               "output y to all : int\noutput own to voter : int\n"
               "x sum sum scale * reveal y  x length scale * reveal own\n")
    with Service(3, program).serve() as service:
        vote = service.drop("lists")
        _give(service, vote, {"o0": {"x": []}, "o1": {"x": [9] * 6}, "o2": {"x": [1, 2]}})
        learned = [service.learned(o, vote) for o in service.owners]
        expect(learned == [{"y": 171, "own": 0}, {"y": 171, "own": 18}, {"y": 171, "own": 6}], f"{learned}")


def who_only_learns_submits_nothing_and_nodes_give_too():
    program = ("party one\nparty owner[n]\nparty reader\ninput a from one : int 0..9\ninput x from owner : int 0..9\n"
               "output y to reader : int\nx sum a + reveal y\n")
    with Service(3, program).serve() as service:
        role = service.file("mixed")
        role["parties"] = [{**e, "role": r} if r else e for e, r in zip(
            service.config["parties"] + role["parties"][len(NODES):], ["owner", "one", None, "owner", "reader", "owner"])]
        service.write("ann", "sessions/mixed.data.json", {"x": 1})
        service.write("ben", "sessions/mixed.data.json", {"a": 2})
        for name in NODES:
            service.write(name, "sessions/mixed.json", role)
        _give(service, role, {"o0": {"x": 3}, "o1": {}, "o2": {"x": 4}})
        expect(service.learned("o1", role) == {"y": 10}, "wrong sum")
        expect(service.learned("o0", role) == {}, "learned what is another's")


def refusals_that_name_what_to_do():
    with Service(2).serve("ann") as service:
        vote = service.file("r")
        service.submit("o0", {**vote, "collect": {"deadline": "tomorrow", "minimum": 1}}).refused(4, "2026-12-01T12:00:00Z")
        service.submit("o0", {**vote, "collect": {"minimum": 1}}).refused(4, "go together")
        service.submit("o0", {**vote, "collect": {"deadline": "2030-02-30T00:00:00Z", "minimum": 1}}).refused(4, "deadline")
        service.submit("o0", {**vote, "collect": {"deadline": "2030-01-01T00:00:00Z", "minimum": 3}}).refused(4, "2 owners submit")
        service.submit("o0", {**vote, "collect": {"again": "maybe"}}).refused(4, "replace")
        service.submit("o0", {**vote, "collect": {"deadlin": 1}}).refused(4, "did you mean")
        Result(service.start("ann", "submit", "--session", "r", config=vote)).refused(4, "is a node")
        Result(service.start("o0", "party vote.moot", config=vote)).refused(4, "only submits", "moot serve")
        Result(service.start("o0", "ping", config=vote)).refused(4, "only submits")
        Result(service.start("o0", "submit", config=vote)).refused(2, "--session")
        service.submit("o0", {**vote, "program": "../vote.moot"}).refused(4, "beside")


def what_depends_on_how_many_come_is_refused_at_once():
    program = "party owner[n]\ninput x from owner : int[n] 0..9\noutput y to all : int[n]\nx transpose sum reveal y\n"
    with Service(3, program).serve("ann") as service:
        role = service.file("shape", collect={"deadline": "2030-01-01T00:00:00Z", "minimum": 2})
        for entry in role["parties"]:
            entry.pop("role", None)
        for entry in role["parties"][len(NODES):]:
            entry["role"] = "owner"
        service.write("ann", "sessions/shape.json", role)
        error = service.result("ann", "shape", "error")
        expect(error["exit"] == 4 and error["code"] == "N09", f"{error}")


if __name__ == "__main__":
    main(globals())

#!/usr/bin/env python3
"""moot party and moot ping: real processes, each with its own folder, key and copy of the parties file."""

import copy
import json
import os
import pty
import re
import signal
import socket
import subprocess
import threading
import time

from world import MOOT, ROOT, Result, World, expect, listens, main, wait_until

SALARY = str(ROOT / "programs/salary.moot")
AUCTION = str(ROOT / "programs/second-price.moot")
EMPLOYEES = {"ann": "employee", "ben": "employee", "cho": "employee"}
SLOW = """party  owner[n]
input  x from owner : int 0..1000
output y to all : int
x maximum  1500 [ 1 + 7 mod ] times  reveal y
"""


def _salaries(world, *arguments, **configs):
    pays = {"ann": 1000, "ben": 2000, "cho": 6000}
    processes = {name: world.party(name, SALARY, {"salary": pays[name]}, *arguments, config=configs.get(name))
                 for name in EMPLOYEES}
    return {name: Result(process) for name, process in processes.items()}


def each_learns_its_own_results():
    with World({"ann": "bidder", "house": "auctioneer", "ben": "bidder", "aid": None}) as world:
        data = {"ann": {"bid": 310}, "ben": {"bid": 420}}
        processes = [world.party(name, AUCTION, data.get(name), "--json") for name in ("ann", "ben", "house", "aid")]
        ann, ben, house, aid = (Result(process).json() for process in processes)
        expect(ann["outputs"] == ben["outputs"] == {"price": 310}, f"{ann} {ben}")
        expect(house["outputs"] == {"price": 310, "winner": 1}, f"{house}")
        expect(aid["outputs"] == {}, f"{aid}")
        expect(ann["nodes"] == 4 and len(ann["bytes_sent"]) == 1 and ann["rounds"] == aid["rounds"], f"{ann}")


def costs_what_explain_says():
    with World(EMPLOYEES, security="passive") as world:
        results = _salaries(world)
        for name, result in results.items():
            expect(result.out == "average = 3000   (to all)\n", f"{name}: {result.out} {result.err}")
            expect("4 rounds, 0 multiplications, 464 bytes sent by this node" in result.err, result.err)


def security_is_what_the_file_says_and_else_active():
    for said, meant in (({}, "active"), ({"security": "active"}, "active"), ({"security": "passive"}, "passive")):
        with World(EMPLOYEES, **said) as world:
            for result in _salaries(world, "--json").values():
                got = result.json()
                expect(got["security"] == meant and got["outputs"] == {"average": 3000}, f"{said}: {got}")


def a_report_is_of_what_its_party_did_and_saw():
    with World(EMPLOYEES, security="passive") as world:
        pays = {"ann": 101_101, "ben": 202_202, "cho": 303_303}
        flags = {"ann": ("--report", "ann.html"), "ben": ("-vv",), "cho": ("-q",)}
        processes = {name: world.party(name, SALARY, {"salary": pays[name]}, *flags[name]) for name in EMPLOYEES}
        results = {name: Result(process) for name, process in processes.items()}
        expect(all(result.code == 0 for result in results.values()), f"{results['ann'].err}")
        html = (world.folder / "ann/ann.html").read_text()
        report = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL).group(1))
        expect(report["self"] == 0 and report["run"]["outputs"] == {"average": 202202}, f"{report['run']}")
        own, *others = report["seen"]
        expect(others == [None, None], f"{others}")
        expect(sum(p["bytes"] for p in own["phases"]) == report["run"]["bytes_sent"][0] == report["explain"]["bytes_sent"][0], f"{own}")
        expect(not any(str(pay) in html for name, pay in pays.items() if name != "ben"), "an input is in the report")
        expect(re.search(r"round +4 +7:14 +reveal", results["ben"].err) and "making masks ahead" in results["ben"].err, results["ben"].err)
        expect(results["cho"].err == "", results["cho"].err)


def a_bar_on_a_terminal_while_others_are_late():
    with World(EMPLOYEES, security="passive") as world:
        world.write("ann", "data.json", {"salary": 1})
        ours, theirs = pty.openpty()
        try:
            world.write("ann", "parties.json", world.config)
            line = [MOOT, "party", SALARY, "--config", "parties.json", "--as", "ann", "--key", "ann.key", "--data", "data.json"]
            first = subprocess.Popen(line, cwd=world.folder / "ann", stderr=theirs, stdout=subprocess.PIPE, env={**os.environ, "TERM": "xterm"})
            world.running.append(first)
            time.sleep(2)
            others = [world.party(name, SALARY, {"salary": 1}) for name in ("ben", "cho")]
            expect(first.communicate(timeout=60)[0] == b"average = 1   (to all)\n", "no result behind the bar")
            expect(all(Result(process).code == 0 for process in others), "the others failed")
            shown = os.read(ours, 1 << 16).decode()
            expect(re.search(r"0 %  meeting, round 0 of 4", shown), shown)
        finally:
            os.close(ours)
            os.close(theirs)


def others_may_come_late():
    with World(EMPLOYEES, limits={"peer_timeout": "2s", "start_timeout": "30s"}) as world:
        first = world.party("ann", SALARY, {"salary": 1})
        time.sleep(2.5)  # longer than peer_timeout: whoever has not come is not silent
        others = [world.party(name, SALARY, {"salary": 1}) for name in ("ben", "cho")]
        for process in (first, *others):
            expect(Result(process).code == 0, "late parties do not meet")


def whatever_differs_stops_all_and_is_named():
    def changed(world, **more):
        return {**copy.deepcopy(world.config), **more}

    with World({**EMPLOYEES, "dan": None, "eve": None}) as world:
        for difference, says in (
            ({"session": "other"}, ()),  # another session is another place to meet: nobody comes
            ({"threshold": 1}, ("do not agree on the threshold", "`ann` has 2", "`ben` has 1")),
            ({"program": "wages"}, ("do not agree on the label of the program",)),
            ({"limits": {"peer_timeout": "20s", "max_rounds": 100}}, ("do not agree on max_rounds",)),
        ):
            limits = {"peer_timeout": "20s", "start_timeout": "2s"} if not says else world.config["limits"]
            base = {**world.config, "limits": limits}
            other = changed(world, **{"limits": limits, **difference})
            pays = {"ann": 1, "ben": 2, "cho": 3}
            processes = [world.party(name, SALARY, {"salary": pays[name]} if name in pays else None,
                                     config=other if name == "ben" else base)
                         for name in ("ann", "ben", "cho", "dan", "eve")]
            for result in map(Result, processes):
                result.refused(4 if says else 5, *says[:1])


def another_program_stops_all_and_its_line_is_named():
    with World(EMPLOYEES) as world:
        source = open(SALARY).read()
        world.write("ben", "salary.moot", source.replace("1_000_000", "2_000_000"))
        processes = [world.party(name, "salary.moot" if name == "ben" else SALARY, {"salary": 1}) for name in EMPLOYEES]
        for result in map(Result, processes):
            result.refused(4, "error[N01]: the parties do not agree on the program", "line 4")


def a_stranger_at_the_address_of_a_party_gets_nothing():
    with World(EMPLOYEES, limits={"peer_timeout": "20s", "start_timeout": "2s"}) as world:
        forged = copy.deepcopy(world.config)
        forged["parties"][2]["public_key"] = world.keygen("cho", "forged")
        (world.folder / "cho/forged.key").replace(world.folder / "cho/cho.key")
        results = _salaries(world, cho=forged)
        for name in ("ann", "ben"):  # who notices first tells the other
            results[name].refused(5, "cho (127.0.0.1:")
        results["cho"].refused(5, "error[N06]: ann (127.0.0.1:", "note: nor has ben (127.0.0.1:")


def noise_at_the_port_harms_nobody():
    with World(EMPLOYEES, limits={"peer_timeout": "20s", "start_timeout": "20s"}) as world:
        first = world.party("ann", SALARY, {"salary": 1000})
        wait_until(lambda: listens(world, "ann"), "ann listens")
        strangers = []
        for noise in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL" + bytes(100), bytes(100000)):
            stranger = socket.create_connection(("127.0.0.1", int(world.entry("ann")["address"].split(":")[-1])))
            strangers.append(stranger)
            threading.Thread(target=_try_send, args=(stranger, noise)).start()
        others = [world.party(name, SALARY, {"salary": 4000}) for name in ("ben", "cho")]
        for process in (first, *others):
            expect(Result(process).out == "average = 3000   (to all)\n", "noise got in the way")
        for stranger in strangers:
            stranger.close()


def _try_send(stranger, noise):
    try:
        stranger.sendall(noise)
    except OSError:
        pass


def _start_slow(world):
    processes = {}
    for name in EMPLOYEES:
        world.write(name, "slow.moot", SLOW)
        processes[name] = world.party(name, "slow.moot", {"x": 5}, "--quiet")
    return processes


def _running(world, processes):
    """Waits until all are connected and at work."""
    for name in processes:
        wait_until(lambda: listens(world, name), f"{name} listens")
    time.sleep(0.5)
    for name, process in processes.items():
        expect(process.poll() is None, f"{name} is done already")


def a_killed_party_is_named_by_the_others():
    with World({name: "owner" for name in EMPLOYEES}) as world:
        processes = _start_slow(world)
        _running(world, processes)
        processes["ben"].kill()
        for name in ("ann", "cho"):
            Result(processes[name]).refused(5, "error[N03]: lost ben (127.0.0.1:", " in round ", "slow.moot:", " of the loop",
                                           "last heard ", "nothing was revealed; the first `reveal` is in round ")


def an_interrupted_party_says_so_to_the_others():
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with World({name: "owner" for name in EMPLOYEES}) as world:
            processes = _start_slow(world)
            _running(world, processes)
            processes["ben"].send_signal(number)
            Result(processes["ben"]).refused(code)
            for name in ("ann", "cho"):
                Result(processes[name]).refused(5, "error[N05]: ben (127.0.0.1:", "was interrupted")


def an_interrupt_also_ends_who_waits_for_others():
    with World(EMPLOYEES) as world:
        waiting = world.party("ann", SALARY, {"salary": 1})
        wait_until(lambda: listens(world, "ann"), "ann listens")
        waiting.send_signal(signal.SIGINT)
        Result(waiting).refused(130)


def secrets_stay_out_of_cores_and_swap():
    with World(EMPLOYEES) as world:
        waiting = world.party("ann", SALARY, {"salary": 1})
        wait_until(lambda: listens(world, "ann"), "ann listens")
        limits = open(f"/proc/{waiting.pid}/limits").read()
        core = next(line.split() for line in limits.splitlines() if line.startswith("Max core file size"))
        expect(core[4:6] == ["0", "0"], f"{core}")
        locked = next(line.split() for line in open(f"/proc/{waiting.pid}/status") if line.startswith("VmLck"))
        with open(MOOT, "rb") as command:  # a sanitizer has mlock do nothing
            expect(int(locked[1]) > 0 or b"__asan_init" in command.read(), f"{locked}")
        line = open(f"/proc/{waiting.pid}/cmdline").read()
        key = (world.folder / "ann/ann.key").read_text().strip()
        expect(key not in line, "the key is on the command line")


def a_run_again_after_a_failure_finds_the_same_ports():
    with World(EMPLOYEES, limits={"peer_timeout": "20s", "start_timeout": "1s"}) as world:
        Result(world.party("ann", SALARY, {"salary": 1})).refused(5)
        world.config["limits"]["start_timeout"] = "20s"
        for result in _salaries(world).values():
            expect(result.code == 0, result.err)


def pings_answer_each_other():
    with World(EMPLOYEES) as world:
        processes = {name: world.start(name, "ping", "--json") for name in EMPLOYEES}
        for name, process in processes.items():
            peers = Result(process).json()["peers"]
            expect([peer["name"] for peer in peers] == [other for other in EMPLOYEES if other != name], f"{peers}")
            expect(all(0 < peer["seconds"] < 5 for peer in peers), f"{peers}")


def a_ping_is_answered_by_who_waits_and_names_who_does_not():
    with World(EMPLOYEES) as world:
        waiting = world.party("ann", SALARY, {"salary": 1})
        forged = copy.deepcopy(world.config)
        forged["parties"][1]["public_key"] = forged["parties"][2]["public_key"]
        forged["parties"][2]["public_key"] = world.keygen("ben", "forged")
        (world.folder / "ben/forged.key").replace(world.folder / "ben/ben.key")
        wait_until(lambda: listens(world, "ann"), "ann listens")
        result = Result(world.start("cho", "ping", "--timeout", "2"))
        result.refused(5, "error[N06]: ben (127.0.0.1:", "Connection refused", "note: ann (127.0.0.1:", " answers in ")
        forged["parties"] = [{**p, "public_key": world.keygen(p["name"], "other") if p["name"] == "ben" else p["public_key"]}
                             for p in world.config["parties"]]
        (world.folder / "ben/other.key").replace(world.folder / "ben/ben.key")
        result = Result(world.start("ben", "ping", "--timeout", "2", config=forged))
        result.refused(5, "error[N06]: ann (127.0.0.1:", "has the key of the parties file, and does not know ours")
        forged["parties"] = [{**p, "public_key": world.keygen("cho", "third") if p["name"] == "ann" else p["public_key"]}
                             for p in world.config["parties"]]
        result = Result(world.start("cho", "ping", "--timeout", "2", config=forged))
        result.refused(5, "somebody listens there, who has another key than the parties file says")
        expect(waiting.poll() is None, "the waiting party was disturbed")


main(globals())

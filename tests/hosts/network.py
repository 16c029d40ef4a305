#!/usr/bin/env python3
"""Parties on hosts with a network as it is: 20 ms one way and 0.1 % loss. Skipped where no namespaces can be made.

How long a run may take is asked of the network itself: in it hosts that only send and wait, over plain TCP, exchange as many bytes
in as many rounds (plain.py). That is rounds x delay plus transfer, with what TCP takes to find out how fast it may be and to send lost
packets again, and with the lateness of a relay that is a process of a busy machine. Connecting comes before it: see docs/performance.md."""

import subprocess
import sys
import time
from pathlib import Path

import relay
from world import PATIENCE, ROOT, Result, World, expect, main, wait_until

DELAY, LOSS = 0.020, 0.001
MORE = 1.3      # times what plain TCP takes
ATTEMPTS = 3    # of which the best counts: other work on the machine can only make one slower
COMPARE = """party  left
party  right
input  x from left  : int[n] 0..1_000_000
input  y from right : int[n] 0..1_000_000
param  n
output less to all : int

x y < count  reveal less
"""


class Hosts(World):
    """A party a host: the same port at the address of each."""

    def __init__(self, network, roles, **more):
        super().__init__(roles, **more)
        self.network = network
        self.place = {name: k for k, name in enumerate(roles)}
        for name, k in self.place.items():
            self.entry(name)["address"] = f"tcp://{network.address(k)}:7001"

    def at(self, name, line):
        return self.network.command(self.place[name], line)


def _run(network, roles, program, data, **more):
    """The results of one run, all parties at once."""
    with Hosts(network, roles, **more) as world:
        if not Path(program).exists():
            for name in roles:
                world.write(name, "compare.moot", program)
            program = "compare.moot"
        processes = [world.party(name, program, data.get(name), "--json") for name in roles]
        return [Result(process).json() for process in processes]


def _plain(network, results):
    """What the rounds and bytes of a run take hosts that do nothing else."""
    given = [results[0]["rounds"], *(result["bytes_sent"][0] for result in results)]
    hosts = [subprocess.Popen(network.command(k, [sys.executable, str(ROOT / "tests/hosts/plain.py"), str(k), *map(str, given)]),
                              stdout=subprocess.PIPE, text=True) for k in range(len(results))]
    return max(float(host.communicate(timeout=PATIENCE)[0]) for host in hosts)


def _computing(roles, program, data, **more):
    """What a run takes where messages arrive at once."""
    with relay.Network(len(roles), 0) as network:
        return max(result["seconds"] for result in _run(network, roles, program, data, **more))


def _takes_rounds_and_transfer(what, loss, computes, roles, program, data, outputs, **more):
    """Of each attempt, which is right in any case, the time beside that of plain TCP, and of computing where that is long."""
    told = []
    for _ in range(ATTEMPTS):
        computing = _computing(roles, program, data, **more) if computes else 0
        with relay.Network(len(roles), DELAY, loss) as network:
            results = _run(network, roles, program, data, **more)
            for k, output in outputs.items():
                expect(results[k]["outputs"] == output, f"{what}: {results[k]['outputs']}, not {output}")
            sent = sum(result["bytes_sent"][0] for result in results)
            expect(network.passed > sent, f"{network.passed} bytes passed the network, and the parties say {sent}")
            took, plain = max(result["seconds"] for result in results), _plain(network, results)
        rounds = results[0]["rounds"]
        told.append(f"{what}: {took:.2f} s for {rounds} rounds of {DELAY} s and {sent} bytes, which take plain TCP {plain:.2f} s, and "
                    f"{computing:.2f} s of computing: {(took - computing) / plain:.2f} times")
        expect(took >= rounds * DELAY, f"{told[-1]}: less than the network allows")
        if took <= MORE * plain + computing:
            return print(told[-1])
    raise AssertionError("\n".join(told))


def small_programs_take_rounds_times_delay():
    """Without loss: one packet that is lost takes TCP longer to send again than ten rounds."""
    _takes_rounds_and_transfer("salary", 0, False, {name: "employee" for name in ("ann", "ben", "cho")}, str(ROOT / "programs/salary.moot"),
                               {"ann": {"salary": 1000}, "ben": {"salary": 2000}, "cho": {"salary": 6000}}, {k: {"average": 3000} for k in range(3)})
    _takes_rounds_and_transfer("second-price", 0, False, {"ann": "bidder", "ben": "bidder", "house": "auctioneer", "aid": None},
                               str(ROOT / "programs/second-price.moot"), {"ann": {"bid": 310}, "ben": {"bid": 420}},
                               {2: {"price": 310, "winner": 1}})


def a_hundred_thousand_comparisons_take_their_transfer_besides():
    """In passive mode: active mode computes longer than it transfers."""
    count = 100_000
    x = [(7919 * k) % 1_000_001 for k in range(count)]
    y = [(104729 * k) % 1_000_001 for k in range(count)]
    less = {"less": sum(a < b for a, b in zip(x, y))}
    _takes_rounds_and_transfer("comparisons", LOSS, True, {"ann": "left", "ben": "right", "aid": None}, COMPARE,
                               {"ann": {"x": x}, "ben": {"y": y}}, {0: less, 1: less}, params={"n": count}, security="passive")


def a_host_that_is_cut_off_is_named_by_all_others():
    with relay.Network(4, DELAY) as network:
        names = ("ann", "ben", "cho", "dan")
        with Hosts(network, {name: "employee" for name in names},
                   limits={"peer_timeout": "3s", "start_timeout": "20s"}) as world:
            for name in names:
                world.write(name, "slow.moot", "party employee[n]  input x from employee : int 0..1000\n"
                            "output y to all : int\nx maximum  300 [ 1 + 7 mod ] times  reveal y\n")
            processes = {name: world.party(name, "slow.moot", {"x": 5}, "--quiet") for name in names}
            wait_until(lambda: network.passed > 60_000, "the run is under way")
            time.sleep(0.5)
            network.cut_off(2)
            for name in ("ann", "ben", "dan"):
                Result(processes[name]).refused(5, "error[N03]: lost cho (10.77.0.3:7001)", "slow.moot:")


if not relay.possible():
    print("NOT TESTED: networks with delay and loss need root, `ip` with namespaces and /dev/net/tun", file=sys.stderr)
    sys.exit(77)
main(globals())

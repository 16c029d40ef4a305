#!/usr/bin/env python3
"""Real parties in active mode, one of whom lies: of one message that it sends, a bit is changed (tests/tools/cheat.c)."""

import os
import sys

from world import ROOT, Result, World, expect, main

CHEAT = os.environ.get("CHEAT")
if not CHEAT:
    print("skipped: nothing can be loaded into these processes")
    sys.exit(77)

AUCTION = str(ROOT / "programs/second-price.moot")
STEPS = ("holds other keys", "a masked value", "a verified product", "a challenge", "of shares is wrong", "of shared bits is wrong",
         "no element of the field", "does not go on", "the keys of the outputs", "the delivery", "an output")
RIGHT = "price  = 310   (to all)"


class _WithLiar(World):
    """The last party lies in its frame number `frame`."""

    frame = 0

    def at(self, name, line):
        return ["env", f"LD_PRELOAD={CHEAT}", f"MOOT_CHEAT={self.frame}", *line] if name == "cho" else line


def _run(frame):
    with _WithLiar({"ann": "bidder", "ben": "bidder", "cho": "auctioneer"}) as world:
        world.frame = frame
        data = {"ann": {"bid": 310}, "ben": {"bid": 420}}
        processes = {name: world.party(name, AUCTION, data.get(name), "--report", "run.html") for name in ("ann", "ben", "cho")}
        results = {name: Result(process) for name, process in processes.items()}
        lied = "this party lies" in results["cho"].err
        reports = [name for name in ("ann", "ben") if (world.folder / name / "run.html").exists()]
        return lied, [results["ann"], results["ben"]], reports


def honest_parties_stop_with_6_a_step_and_nothing_written():
    stopped, frame, lied = 0, 0, True
    while lied:
        lied, honest, reports = _run(frame)
        codes = {result.code for result in honest}
        expect(codes in ({0}, {6}), f"frame {frame}: {codes}: {honest[0].err} {honest[1].err}")
        if codes == {6}:
            stopped += 1
            for result in honest:
                result.refused(6, "error: ")
                expect(any(step in result.err for step in STEPS), result.err)
            expect(not reports, f"frame {frame}: {reports} have a report")
        else:
            expect(all(RIGHT in result.out for result in honest), f"frame {frame}: {honest[0].out} {honest[1].out}")
        frame += 1 + frame // 2
    expect(stopped > 5, f"{stopped} runs stopped")


main(globals())

"""Signals at random moments of a run: whoever is struck, the rest ends with a word, and nothing is left.

usage: moments.py [CLAIM…] [times=N] [seed=S]      by hand: times=200
"""

import os
import random
import signal
import time

from local import Run, main

LONGEST = 0.6  # seconds: a quiet machine is done by then


def _strike(chance, choose, sig, *codes):
    """One run; `choose` picks from the parent's and the members' pids whom the signal hits at a random moment."""
    with Run("--delay", str(chance.choice((0, 1, 5, 20))), "--timeout", "10", "--transport", chance.choice(("ipc", "tcp"))) as run:
        time.sleep(chance.random() ** 2 * LONGEST)
        for victim in choose(run):
            try:
                os.kill(victim, sig)
            except ProcessLookupError:
                pass  # it was faster
        return run.judge(*codes)[0]


def _count(codes):
    return ", ".join(f"exit {code}: {codes.count(code)}" for code in sorted(set(codes)))


def _times(times, seed, choose, sig, *codes):
    found = []
    for k in range(times):
        chance = random.Random(f"{seed} {k}")
        try:
            found.append(_strike(chance, lambda run: choose(run, chance), sig, *codes))
        except AssertionError as error:
            raise AssertionError(f"run {k} of seed {seed}: {error}") from None
    return _count(found)


def _one_member(run, chance):
    members = sorted(run.members())
    return [chance.choice(members)] if members else []


def a_killed_member_is_missed_by_the_others(times, seed):
    return _times(times, seed, _one_member, signal.SIGKILL, 5)


def a_terminated_member_is_missed_by_the_others(times, seed):
    return _times(times // 4 + 1, seed, _one_member, signal.SIGTERM, 5)


def members_end_with_the_command(times, seed):
    return _times(times // 2 + 1, seed, lambda run, _: [run.process.pid], signal.SIGKILL, -signal.SIGKILL)


def an_interrupt_ends_all(times, seed):
    return _times(times // 2 + 1, seed, lambda run, _: run.left(), signal.SIGINT, 130, -signal.SIGINT)


def a_request_to_end_ends_all(times, seed):
    return _times(times // 2 + 1, seed, lambda run, _: [run.process.pid], signal.SIGTERM, 143, -signal.SIGTERM)


if __name__ == "__main__":
    main((a_killed_member_is_missed_by_the_others, a_terminated_member_is_missed_by_the_others, members_end_with_the_command,
          an_interrupt_ends_all, a_request_to_end_ends_all), (("times", 8), ("seed", 1)))

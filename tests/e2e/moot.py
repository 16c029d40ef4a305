"""Runs the command under test (MOOT in the environment) for the end-to-end tests."""

import json
import os
import subprocess

MOOT = os.environ["MOOT"]
COST = ("rounds", "bytes_sent", "multiplications")


def run(*arguments, stdin=None):
    """What `moot ARGUMENTS` prints on standard output; fails the test when it fails or hangs."""
    done = subprocess.run([MOOT, *arguments], input=stdin, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"moot {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}"
    return done.stdout


def run_json(*arguments, stdin=None):
    return json.loads(run(*arguments, "--json", stdin=stdin))


def cost(result):
    return {name: result[name] for name in COST}


def expect_equal(got, wanted, what):
    assert got == wanted, f"{what}\n  is        {got}\n  should be {wanted}"

#!/usr/bin/env python3
"""Takes each check of the active code out, one at a time, and demands that tests notice.

usage: mutations.py BUILD [--quick] [--count] [--only WORDS] [--jobs N]

For each entry of tests/mutations/active.toml one source file is changed, compiled to an object of its own and linked with the
other objects of BUILD in the place of the right one: neither the tree nor BUILD changes. The test program must still do
well where nobody lies, and every attack named must fail. Exit code 1 when one does not: then no test would notice if
the check were lost.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "tests/mutations/active.toml"
PROGRAM = "tests/test_runtime"
HONEST = "none_and_every_protocol_ends_well"
SECONDS = 120  # of one attack: those that nobody notices wait for a liar that says nothing


def mutated(check):
    """The source of the file without the check."""
    text = (ROOT / check["file"]).read_text()
    if text.count(check["find"]) != 1:
        sys.exit(f"{check['name']}: what is to be replaced is there {text.count(check['find'])} times in {check['file']}")
    return text.replace(check["find"], check["replace"])


def run_or_stop(command, **how):
    run = subprocess.run(command, capture_output=True, text=True, **how)
    if run.returncode:
        sys.exit(run.stderr)


class Build:
    """The objects and commands of a build that is up to date."""

    def __init__(self, folder):
        self.folder = folder
        database = json.loads((folder / "compile_commands.json").read_text())
        self.compile = {c["file"]: c for c in database if "_objects.dir" in c["command"]}
        commands = subprocess.run(["ninja", "-C", str(folder), "-t", "commands", PROGRAM], check=True,
                                  capture_output=True, text=True).stdout
        self.link = commands.splitlines()[-1]

    def program_without(self, check, folder):
        """Makes the test program without the check in `folder`."""
        source = folder / pathlib.Path(check["file"]).name
        source.write_text(mutated(check))
        command = self.compile[str(ROOT / check["file"])]
        words = shlex.split(command["command"])
        right = words[words.index("-o") + 1]
        wrong = folder / "mutated.o"
        words[words.index("-o") + 1] = str(wrong)
        words[words.index("-c") + 1] = str(source)
        words.append("-w")
        run_or_stop(words, cwd=command["directory"])
        link = self.link.replace(f" {right} ", f" {wrong} ").replace(f"-o {PROGRAM} ", f"-o {folder}/program ")
        run_or_stop(link, shell=True, cwd=self.folder)
        return folder / "program"


def passes(program, test):
    """Whether the test of that name is there and passes."""
    name = test if "/" in test else f"attacks/{test}"
    run = subprocess.run([program, "--filter", name, "--jobs", "1"], cwd=ROOT, timeout=SECONDS * 2,
                         capture_output=True, text=True)
    if "Tested: 1 " not in run.stdout + run.stderr:
        sys.exit(f"there is no test {name}")
    return run.returncode == 0


def survivors(build, check):
    """The tests of attacks that pass although the check is gone."""
    with tempfile.TemporaryDirectory(prefix="moot-mutation-") as folder:
        program = build.program_without(check, pathlib.Path(folder))
        if not passes(program, HONEST):
            return [f"{HONEST} fails: more is gone than a check"]
        return [test for test in check["attacks"] if passes(program, test)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="only those marked as quick")
    parser.add_argument("--count", action="store_true", help="say how many there are, and no more")
    parser.add_argument("--only", default="", help="only those in whose name these words are")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    table = tomllib.loads(TABLE.read_text())["check"]
    for check in table:
        mutated(check)  # the source may have changed since: also those that are not tried now have to be there
    checks = [c for c in table
              if given.only in c["name"] and (not given.quick or c.get("quick"))]
    attacks = {a for c in checks for a in c["attacks"]}
    if given.count:
        print(f"{len(checks)} checks, {len(attacks)} attacks")
        return 0
    build = Build(given.build.resolve())
    left = 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for check, passing in zip(checks, pool.map(lambda c: survivors(build, c), checks)):
            print(f"{'SURVIVES' if passing else 'noticed'}: without {check['name']!r}"
                  + "".join(f"\n    {test}" for test in passing), flush=True)
            left += bool(passing)
    print(f"{len(checks)} checks taken out, {left} of which a test did not notice")
    return left > 0


if __name__ == "__main__":
    sys.exit(main())

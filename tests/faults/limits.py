"""What runs out, or stands still or jumps: memory, descriptors, disk space, a folder that takes no files, the clock."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from local import BIDS, PROGRAM, ROOT, Run, main
import submit
from serve import NODES, PAY, Service
from world import MOOT, Result, World, expect, listens, wait_until

SANITIZED = b"__asan_init" in Path(MOOT).read_bytes()  # whose shadow takes terabytes of address space
ENOUGH = 400_000  # KiB of address space that the command and its members need with certainty


@contextlib.contextmanager
def _disk(size="64k", writable=True):
    """A file system of its own; None where it cannot be mounted."""
    folder = Path(tempfile.mkdtemp())
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "moot-test", folder], capture_output=True).returncode == 0
    if mounted and not writable:
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=True)
        folder.rmdir()


def _fill(folder):
    """Leaves not a byte."""
    with open(folder / "filler", "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))


def little_memory_gives_no_wrong_output():
    if SANITIZED:
        return "not with AddressSanitizer"
    codes = []
    for kib in (20_000, 40_000, 60_000, 80_000, 100_000, 120_000, 140_000, 170_000, 200_000, 250_000, 300_000, ENOUGH * 10):
        with Run("--timeout", "10", before=f"ulimit -v {kib}", out=False) as run:
            code, out, err = run.finish()
            # below some size the loader itself gives up, before there is anything of ours
            expect(code in (0, 5, 7, 8, 127) or (code == 1 and "error while loading" in err) or code in (-6, -11, 2, 4),
                   f"{kib} KiB: exit {code}: {err}")
            if code == 0:
                expect(json.loads(out)["outputs"]["auctioneer"] == {"price": 310, "winner": 1}, f"{kib} KiB: {out}")
            else:
                expect(not out, f"{kib} KiB: exit {code}, and on stdout: {out}")
            codes.append(f"{kib // 1000}M: {code}")
    expect(codes[-1].endswith(": 0"), f"never enough: {codes}")
    return ", ".join(codes)


def a_full_disk_is_told_and_nothing_half_written_stays():
    with _disk() as disk:
        if not disk:
            return "no file system can be mounted here"
        (disk / "data.json").write_text(json.dumps(BIDS))
        (disk / "out").mkdir()
        _fill(disk)
        done = subprocess.run([MOOT, "run", PROGRAM, "--data", disk / "data.json", "--out", disk / "out"], capture_output=True, text=True, timeout=60)
        expect(done.returncode == 2 and "No space left" in done.stderr, f"exit {done.returncode}: {done.stderr}")
        expect(not done.stdout, f"printed {done.stdout}")
        expect(not list((disk / "out").iterdir()), f"left: {list((disk / 'out').iterdir())}")
        done = subprocess.run([MOOT, "run", PROGRAM, "--data", disk / "data.json", "--report", disk / "report.html"], capture_output=True, text=True,
                              timeout=60)
        expect(done.returncode == 2 and "No space left" in done.stderr, f"exit {done.returncode}: {done.stderr}")
        expect(sorted(p.name for p in disk.iterdir()) == ["data.json", "filler", "out"], f"left: {list(disk.iterdir())}")
        done = subprocess.run([MOOT, "keygen", "bank"], cwd=disk, capture_output=True, text=True, timeout=60)
        expect(done.returncode == 2, f"keygen: exit {done.returncode}: {done.stderr}")
        expect(not list(disk.glob("bank*")), f"left: {list(disk.glob('bank*'))}")


def a_node_whose_disk_is_full_stays_up():
    with _disk("256k") as disk, Service() as service:
        if not disk:
            return "no file system can be mounted here"
        sessions = service.folder / "ann" / "sessions"
        sessions.rmdir()
        sessions.symlink_to(disk)
        service.drop("may", PAY)
        service.serve("ann")
        wait_until(lambda: service.metrics("ann").get("moot_sessions_waiting") == [1.0], "ann has it", 30)
        _fill(disk)
        service.serve("ben", "cho")
        for name in ("ben", "cho"):
            expect(service.result(name, "may")["outputs"], f"{name} has no result")
        wait_until(lambda: service.metrics("ann").get("moot_sessions_running") == [0.0], "it has ended", 30)
        (disk / "filler").unlink()
        service.drop("june", PAY)
        for name in NODES:
            expect(service.result(name, "june")["outputs"], f"{name} has no result")
        lost = [entry for entry in service.stop()["ann"] if entry["event"] == "session.lost"]
        expect(len(lost) == 1 and "No space left" in lost[0]["why"], f"{lost}")
        left = sorted(path.name for path in disk.iterdir() if path.suffix == ".json" or not path.name.startswith("submissions."))
        expect(left == ["june.data.json", "june.json", "june.out.json", "may.data.json", "may.json"], f"{left}")


def owners_are_told_of_a_full_disk_and_may_come_again():
    with _disk("512k") as disk, submit.Service(2) as service:
        if not disk:
            return "no file system can be mounted here"
        sessions = service.folder / "ann" / "sessions"
        sessions.rmdir()
        sessions.symlink_to(disk)
        vote = service.drop("may")
        service.serve()
        submit._give(service, vote, {"o0": submit.GIVEN[0]})
        _fill(disk)
        service.submit("o1", vote, submit.GIVEN[1], "--timeout", "5").refused(7, "disk is full", "ann says so")
        (disk / "filler").unlink()
        submit._give(service, vote, {"o1": submit.GIVEN[1]})
        expect(service.result("ben", "may")["outputs"]["total"] == sum(submit.SAID[:2]), "a wrong result")
        service.stop()


def a_folder_that_takes_no_files_is_told_before_the_run():
    with _disk(writable=False) as disk:
        if not disk:
            return "no file system can be mounted here"
        with Run("--out", str(disk), out=False) as run:
            code, out, err = run.finish()
            expect(code == 2 and str(disk) in err and "Read-only" in err and not out, f"exit {code}: {err}")
        # without a folder for sockets another is found
        with Run(environment={"XDG_RUNTIME_DIR": str(disk)}) as run:
            expect(run.judge()[0] == 0, "it did not run")


CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
/* The wall clock jumps by a day, forth and back, at every few looks. */
static long jump(void) { static _Atomic unsigned looks; return looks++ / 3 % 2 ? 86400 : 0; }
int clock_gettime(clockid_t id, struct timespec *t)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int r = real(id, t);
    if (id == CLOCK_REALTIME) t->tv_sec += jump();
    return r;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    t->tv_sec = now.tv_sec, t->tv_usec = now.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
"""


def a_clock_that_jumps_does_no_harm():
    compiler = shutil.which("cc")
    if SANITIZED or not compiler:
        return "no compiler, or a sanitizer that wants to be loaded first"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "clock.c").write_text(CLOCK)
        subprocess.run([compiler, "-shared", "-fPIC", "-o", f"{folder}/clock.so", f"{folder}/clock.c", "-ldl"], check=True)
        for transport in ("ipc", "tcp"):
            with Run("--transport", transport, "--timeout", "5", "--delay", "20", environment={"LD_PRELOAD": f"{folder}/clock.so"}) as run:
                expect(run.judge()[0] == 0, f"{transport}: {run.text(1)}")


def _knock(port, count):
    """So many connections that say nothing, two at a time, no faster than a busy machine looks after its door. When it is
    shut they wait."""
    guests = []
    for k in range(count):
        guest = socket.socket()
        guest.setblocking(False)
        guest.connect_ex(("127.0.0.1", port))
        guests.append(guest)
        if k % 2:
            time.sleep(0.02)
    return guests


def a_party_with_few_descriptors_shuts_its_door_before_they_are_used_up():
    """Strangers knock at a party that waits for the others; it keeps some descriptors free, and the others get in."""
    most, salary = 200, ROOT / "programs/salary.moot"
    with World({"ann": "employee", "ben": "employee", "cho": "employee"}, limits={"peer_timeout": "60s"}) as world:
        world.at = lambda name, line: ["bash", "-c", f'ulimit -n {most}; exec "$@"', "-", *line] if name == "ann" else line
        first = world.party("ann", salary, {"salary": 1000}, "--json")
        wait_until(lambda: listens(world, "ann"), "ann listens", 30)
        guests = _knock(int(world.entry("ann")["address"].split(":")[-1]), 300)
        open_files = len(os.listdir(f"/proc/{first.pid}/fd"))
        rest = [world.party(name, salary, {"salary": 2000}, "--json") for name in ("ben", "cho")]
        for process in (first, *rest):
            expect(Result(process).json()["outputs"]["average"] > 1666, "a wrong average")
        for guest in guests:
            guest.close()
        expect(open_files < most, f"{open_files} of {most} files were open")
        return f"{open_files} of {most} open"


def _limit(process):
    """(soft, hard) of open files."""
    line = next(line for line in Path(f"/proc/{process.pid}/limits").read_text().splitlines() if line.startswith("Max open files"))
    return line.split()[3:5]


def a_serving_node_takes_the_descriptors_it_may_have_and_shuts_its_door_before_they_are_used_up():
    most, limits = 200, {"ann": "-n 200", "ben": "-Sn 64"}
    with Service() as service:
        service.at = lambda name, line: ["bash", "-c", f'ulimit {limits[name]}; exec "$@"', "-", *line] if name in limits else line
        service.serve()
        service.up()
        soft, hard = _limit(service.node["ben"])
        expect(soft == hard != "64", f"ben has {soft} of {hard}")
        guests = _knock(int(service.entry("ann")["address"].split(":")[-1]), 200)
        open_files = len(os.listdir(f"/proc/{service.node['ann'].pid}/fd"))
        service.drop("may", PAY)
        for name in NODES:
            expect(service.result(name, "may")["outputs"], f"{name} has no result")
        for guest in guests:
            guest.close()
        expect(open_files < most, f"{open_files} of {most} files were open")
        service.stop()
        return f"{open_files} of {most} open"


def _seconds_of_work(process):
    """Of processor time."""
    said = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")


def strangers_are_shut_out_while_a_party_computes_and_waits_for_nobody():
    most = 200
    program = ("party  saver[3]\ninput  wage from saver : int 0..1000\noutput most to all : int\n"
               "wage sum 4_000_000 fill { 2_000 2_000 } reshape dup dot { 4_000_000 } reshape sum reveal most\n")
    with World({name: "saver" for name in ("ann", "ben", "cho")}, security="passive") as world:
        world.at = lambda name, line: ["bash", "-c", f'ulimit -n {most}; exec "$@"', "-", *line]
        for name in ("ann", "ben", "cho"):
            world.write(name, "long.moot", program)
        first, *_ = [world.party(name, "long.moot", {"wage": 1}) for name in ("ann", "ben", "cho")]
        wait_until(lambda: _seconds_of_work(first) > 0.5, "ann computes", 60)
        guests = _knock(int(world.entry("ann")["address"].split(":")[-1]), 300)
        open_files = len(os.listdir(f"/proc/{first.pid}/fd"))
        expect(first.poll() is None, "ann has ended too soon")
        for guest in guests:
            guest.close()
        expect(open_files < most - 20, f"{open_files} of {most} files were open")
        return f"{open_files} of {most} open"


if __name__ == "__main__":
    main((little_memory_gives_no_wrong_output, a_full_disk_is_told_and_nothing_half_written_stays,
          a_node_whose_disk_is_full_stays_up, owners_are_told_of_a_full_disk_and_may_come_again, a_folder_that_takes_no_files_is_told_before_the_run, a_clock_that_jumps_does_no_harm,
          a_party_with_few_descriptors_shuts_its_door_before_they_are_used_up,
          a_serving_node_takes_the_descriptors_it_may_have_and_shuts_its_door_before_they_are_used_up,
          strangers_are_shut_out_while_a_party_computes_and_waits_for_nobody))

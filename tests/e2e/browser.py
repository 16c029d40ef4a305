#!/usr/bin/env python3
"""Reports, and the page of `moot play`, in a browser: they draw themselves without an error, in light and dark, wide and narrow. Needs chromium; without it
exit code 77 says that nothing was looked at. usage: browser.py ROOT [FOLDER for the pictures]"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

MOOT = os.environ["MOOT"]
ROOT = Path(sys.argv[1])
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LOOKS = {"wide-light": (1100, 3300, 1), "narrow-dark": (500, 4300, 0)}  # a telephone's width is as narrow as it gets
OF_A_RUN = ["The program, and what each line reveals to whom", "The parties", "Round by round", "Where the time went",
            "Before the inputs, and with them", "Predicted and counted", "What each party saw", "What it costs"]
EMPTY = 20_000  # bytes that a picture of an empty page has not got


def browse(folder, page, *flags):
    """What the browser prints; nothing may be said in its console."""
    done = subprocess.run([BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
                           f"--user-data-dir={folder}/profile", *flags, page if isinstance(page, str) else f"file://{page}"],
                          capture_output=True, text=True, timeout=120)
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert not said, (page, said)
    assert done.returncode == 0, (page, done.stderr[-2000:])
    return done.stdout


def headings(folder, page):
    return re.findall(r"<h2>(.*?)</h2>", browse(folder, page, "--dump-dom"))


def pictures(folder, page, name):
    for look, (width, height, scheme) in LOOKS.items():
        picture = folder / f"{name}-{look}.png"
        browse(folder, page, f"--window-size={width},{height}", f"--screenshot={picture}", "--virtual-time-budget=5000",
               f"--blink-settings=preferredColorScheme={scheme}")
        assert picture.stat().st_size > EMPTY, picture


def moot(*args):
    subprocess.run([MOOT, *map(str, args)], check=True, stdout=subprocess.DEVNULL)


def play(folder, program, name=None):
    """The page of `moot play`, once it has asked about the program; with a name, pictures of it."""
    process = subprocess.Popen([MOOT, "play", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = process.stdout.readline().strip()
        if name:
            pictures(folder, address, name)
        return browse(folder, address, "--virtual-time-budget=5000", "--dump-dom")
    finally:
        process.terminate()
        process.wait(20)


def plays(folder):
    good = (ROOT / "programs/second-price.moot").read_text()
    shutil.copy(ROOT / "programs/second-price.json", folder / "auction.json")
    (folder / "auction.moot").write_text(good)
    shown = play(folder, folder / "auction.moot", "play")
    assert "what comes out" in shown and "<td>405</td>" in shown and "one of the numbers in bid" in shown, shown
    (folder / "auction.moot").write_text(good.replace("argmax", "argmx"))
    shown = play(folder, folder / "auction.moot")
    assert '<span class="wrong">argmx</span>' in shown and "I do not know the word" in shown, shown


def of_a_party(folder):
    """The report of one of three parties at 127.0.0.1."""
    holders, parties = [], []
    for k in range(3):
        holders.append(socket.socket())  # holds a port that nobody else gets
        holders[k].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holders[k].bind(("127.0.0.1", 0))
        subprocess.run([MOOT, "keygen", f"p{k}"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        parties.append({"name": f"p{k}", "role": "employee", "address": f"tcp://127.0.0.1:{holders[k].getsockname()[1]}",
                        "public_key": (folder / f"p{k}.pub").read_text().strip()})
        (folder / f"p{k}.json").write_text(json.dumps({"salary": 1000 * k}))
    (folder / "parties.json").write_text(json.dumps({"version": 1, "session": "seen", "parties": parties}))
    running = [subprocess.Popen([MOOT, "party", ROOT / "programs/salary.moot", "--config", "parties.json", "--as", f"p{k}", "--key", f"p{k}.key",
                                 "--data", f"p{k}.json", "-q", "--report", f"p{k}.html"], cwd=folder, stdout=subprocess.DEVNULL) for k in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    for holder in holders:
        holder.close()
    return folder / "p1.html"


def main(folder):
    plays(folder)
    own = of_a_party(folder)
    assert headings(folder, own)[: len(OF_A_RUN)] == OF_A_RUN
    shown = browse(folder, own, "--dump-dom")
    assert "What p1 saw of a run among hosts" in shown and "bytes sent by p1" in shown and "bytes sent by p0" not in shown, shown
    run, plan, both = folder / "run.html", folder / "explain.html", folder / "compared.html"
    moot("run", ROOT / "programs/second-price.moot", "-q", "--report", run)
    moot("explain", ROOT / "programs/kmeans.moot", "--html", plan)
    moot("report", run, run, "--html", both)
    shown = headings(folder, run)
    assert shown[: len(OF_A_RUN)] == OF_A_RUN, shown
    assert "Compared" in headings(folder, both)
    shown = headings(folder, plan)
    assert "What it costs" in shown and "Round by round" not in shown, shown
    for page in (run, plan, both, own):
        pictures(folder, page, page.stem)


if __name__ == "__main__":
    if not BROWSER:
        print("no chromium here: no report was looked at")
        sys.exit(77)
    if len(sys.argv) > 2:
        main(Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as place:
            main(Path(place))
    print("reports draw themselves")

#!/usr/bin/env python3
"""Reports, and the page of `moot play`, in a browser: they draw themselves without an error, in light and dark, wide and narrow. Needs chromium; without it
exit code 77 says that nothing was looked at. usage: browser.py ROOT [FOLDER for the pictures]"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MOOT = os.environ["MOOT"]
ROOT = Path(sys.argv[1])
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
LOOKS = {"wide-light": (1100, 3300, 1), "narrow-dark": (500, 4300, 0)}
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


def pictures(folder, page):
    for name, (width, height, scheme) in LOOKS.items():
        picture = folder / f"{page.stem}-{name}.png"
        browse(folder, page, f"--window-size={width},{height}", f"--screenshot={picture}",
               f"--blink-settings=preferredColorScheme={scheme}")
        assert picture.stat().st_size > EMPTY, picture


def moot(*args):
    subprocess.run([MOOT, *map(str, args)], check=True, stdout=subprocess.DEVNULL)


def play(folder, program):
    """The page of `moot play`, once it has asked about the program."""
    process = subprocess.Popen([MOOT, "play", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        return browse(folder, process.stdout.readline().strip(), "--virtual-time-budget=5000", "--dump-dom")
    finally:
        process.terminate()
        process.wait(20)


def plays(folder):
    good = (ROOT / "programs/second-price.moot").read_text()
    shutil.copy(ROOT / "programs/second-price.json", folder / "auction.json")
    (folder / "auction.moot").write_text(good)
    shown = play(folder, folder / "auction.moot")
    assert "what comes out" in shown and "<td>405</td>" in shown and "one of the numbers in bid" in shown, shown
    (folder / "auction.moot").write_text(good.replace("argmax", "argmx"))
    shown = play(folder, folder / "auction.moot")
    assert '<span class="wrong">argmx</span>' in shown and "I do not know the word" in shown, shown


def main(folder):
    plays(folder)
    run, plan, both = folder / "run.html", folder / "explain.html", folder / "compared.html"
    moot("run", ROOT / "programs/second-price.moot", "-q", "--report", run)
    moot("explain", ROOT / "programs/kmeans.moot", "--html", plan)
    moot("report", run, run, "--html", both)
    shown = headings(folder, run)
    assert shown[: len(OF_A_RUN)] == OF_A_RUN, shown
    assert "Compared" in headings(folder, both)
    shown = headings(folder, plan)
    assert "What it costs" in shown and "Round by round" not in shown, shown
    pictures(folder, run)


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

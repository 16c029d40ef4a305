#!/usr/bin/env python3
"""Reports in a browser: they draw themselves without an error, in light and dark, wide and narrow. Needs chromium; without it
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
SHAPES = {"wide": (1100, 3300), "narrow": (500, 4300)}
SCHEMES = {"dark": 0, "light": 1}
OF_A_RUN = ["The program, and what each line reveals to whom", "The parties", "Round by round", "Where the time went",
            "Before the inputs, and with them", "Predicted and counted", "What each party saw", "What it costs"]
EMPTY = 20_000  # bytes that a picture of an empty page has not got


def browse(folder, page, *flags):
    """What the browser prints; nothing may be said in its console."""
    done = subprocess.run([BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
                           f"--user-data-dir={folder}/profile", *flags, f"file://{page}"],
                          capture_output=True, text=True, timeout=120)
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert not said, (page, said)
    assert done.returncode == 0, (page, done.stderr[-2000:])
    return done.stdout


def headings(folder, page):
    return re.findall(r"<h2>(.*?)</h2>", browse(folder, page, "--dump-dom"))


def pictures(folder, page):
    for shape, (width, height) in SHAPES.items():
        for scheme, number in SCHEMES.items():
            picture = folder / f"{page.stem}-{shape}-{scheme}.png"
            browse(folder, page, f"--window-size={width},{height}", f"--screenshot={picture}",
                   f"--blink-settings=preferredColorScheme={number}")
            assert picture.stat().st_size > EMPTY, picture


def moot(*args):
    subprocess.run([MOOT, *map(str, args)], check=True, stdout=subprocess.DEVNULL)


def main(folder):
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

#!/usr/bin/env python3
"""Reports of runs, as files: what is in them adds up to the run, nothing of the inputs is, they ask nothing of a network,
and text of the user is data. usage: report.py ROOT [FOLDER to keep them in]"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

MOOT = os.environ["MOOT"]
ROOT = Path(sys.argv[1])
DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)

# Inputs that would be known again, and text that would be markup if it were not data.
HOSTILE = """## </script><script>alert(1)</script> <img src=x onerror=alert(2)> & "quoted"
party  owner[3]
input  secret from owner : int 0..1_000_000_000_000
output low to all : bool
secret minimum 5 < reveal low
"""
INPUTS = [923456781239, 911111111177, 934343434321]


def moot(*args):
    done = subprocess.run([MOOT, *map(str, args)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (args, done.stderr)
    return done.stdout


def data_of(path):
    html = path.read_text()
    found = DATA.search(html)
    assert found, path
    assert not re.search(r"[<>&]", found.group(1)), "data that could end their element"
    rest = html.replace(found.group(1), "")
    assert rest.count("<script") == 3, rest.count("<script")
    for asks in (r"https?://(?!www\.w3\.org/2000/svg)", r"\bsrc\s*=", r"\bhref\s*=", r"url\(", "@import", "fetch",
                 "XMLHttp", "import\\(", "innerHTML", "insertAdjacent", "document.write", "eval"):
        assert not re.search(asks, rest), asks
    assert "default-src 'none'" in rest
    assert path.stat().st_mode & 0o777 == 0o600
    return json.loads(found.group(1)), html


def adds_up(report):
    explain, run = report["explain"], report["run"]
    assert len(report["seen"]) == len(report["members"])
    for k, member in enumerate(report["seen"]):
        assert sum(p["rounds"] for p in member["phases"]) == run["rounds"]
        assert sum(s["rounds"] for s in member["spans"]) == run["rounds"]
        payload = sum(sum(s["bytes"]) for s in member["spans"])
        assert payload == sum(member["sent"]) == sum(l["bytes"] for l in member["lines"])
        if k < explain["nodes"]:
            assert sum(p["bytes"] for p in member["phases"]) == run["bytes_sent"][k] > payload
            assert sum(member["half_bytes"]) > 0 and len(member["half_bytes"]) == 16
        assert all(0 <= s["waited"] <= s["seconds"] + 1e-6 for s in member["spans"])
    if not explain["at_most"]:
        for name in ("rounds", "multiplications", "bytes_sent"):
            assert explain[name] == run[name], name


def noise(report):
    """What came is even: chi-squared of 15 degrees passes 60 less than once in a million."""
    for member in report["seen"]:
        bins = member["half_bytes"]
        each = sum(bins) / 16
        if each > 50:
            assert sum((b - each) ** 2 / each for b in bins) < 60, bins


def main(folder):
    for name, *flags in (["second-price"], ["salary", "--nodes", 4], ["kmeans"], ["hospitals", "--transport", "tcp"], ["first-price", "--security", "active"],
                         ["salary", "--field", "gmp:170141183460469231731687303715884105757"]):
        path = folder / f"{name}.html"
        printed = json.loads(moot("run", ROOT / f"programs/{name}.moot", "-q", "--json", "--report", path, *flags))
        report, _ = data_of(path)
        assert report["schema"] == "moot.report/1" and report["run"]["outputs"] == printed["outputs"]
        adds_up(report)
        noise(report)
    path = folder / "explain.html"
    moot("explain", ROOT / "programs/kmeans.moot", "--html", path)
    report, _ = data_of(path)
    assert report["run"] is None and "seen" not in report and report["explain"]["rounds"] > 0

    hostile = folder / "hostile.moot"
    hostile.write_text(HOSTILE)
    (folder / "hostile.json").write_text(json.dumps({"owner": [{"secret": v} for v in INPUTS]}))
    moot("run", hostile, "-q", "--report", folder / "hostile.html")
    report, html = data_of(folder / "hostile.html")
    assert report["source"] == HOSTILE
    for value in INPUTS:
        assert str(value) not in html and f"{value:x}" not in html.lower(), "an input is in the report"

    two = [folder / "kmeans.html", folder / "second-price.html"]
    text = moot("report", *two)
    assert re.search(r"rounds +\d+ +\d+ +\d+\.\d\d x", text), text
    assert re.search(r"security +passive +passive\n +nodes +3 +5 ", text), text
    assert re.search(r"security +passive +active\n", moot("report", two[1], folder / "first-price.html")), text
    moot("report", *two, "--html", folder / "compared.html")
    data_of(folder / "compared.html")
    both = json.loads(moot("report", *two, "--json"))
    assert [r["run"]["program"] for r in both["reports"]] == ["kmeans", "second-price"]
    for wrong in ([hostile], [folder / "none.html"], [two[0], hostile]):
        refused = subprocess.run([MOOT, "report", *wrong], capture_output=True, text=True)
        assert refused.returncode == 2 and not refused.stdout and "error" in refused.stderr, wrong
    refused = subprocess.run([MOOT, "run", hostile, "--report", folder / "no/folder.html"], capture_output=True, text=True)
    assert refused.returncode == 2 and not refused.stdout
    refused = subprocess.run([MOOT, "run", hostile, "--ideal", "--report", folder / "x.html"], capture_output=True, text=True)
    assert refused.returncode == 2 and "--ideal" in refused.stderr


if __name__ == "__main__":
    if len(sys.argv) > 2:
        main(Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as place:
            main(Path(place))
    print("reports add up")

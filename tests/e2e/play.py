#!/usr/bin/env python3
"""`moot play` answers to its own page and to nobody else, says what is wrong and what comes out, and outlives any program.
usage: play.py ROOT"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

MOOT = os.environ["MOOT"]
ROOT = Path(sys.argv[1])
PROGRAM = "party p[n]\ninput x from p : int 0..100\noutput y to all : int\nx sum reveal y\n"
DATA = json.dumps({"p": [{"x": 3}, {"x": 4}, {"x": 5}]})
ENDLESS = "party p\ninput x from p : int 0..1\noutput y to p : int\nx 4_000_000_000 [ 1 swap - ] times reveal y\n"


class Play:
    def __init__(self, *args):
        self.process = subprocess.Popen([MOOT, "play", *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([0-9a-f]{32})/\n", self.process.stdout.readline())
        self.port, self.token = int(found.group(1)), found.group(2)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers

    def look(self, source, data="", **headers):
        body = json.dumps({"source": source, "data": data})
        return self.ask("POST", f"/{self.token}/look", body, {"Content-Type": "application/json", **headers})

    def says(self, source, data=""):
        status, text, _ = self.look(source, data)
        assert status == 200, (status, text)
        return json.loads(text)

    def end(self, by):
        self.process.send_signal(by)
        return self.process.wait(20)


def only_its_own(play):
    status, page, headers = play.ask("GET", f"/{play.token}/")
    assert status == 200 and "moot play" in page and headers["X-Frame-Options"] == "DENY" and headers["Cache-Control"] == "no-store"
    assert "connect-src 'self'" in page and "innerHTML" not in page
    for path in ("/", f"/{'0' * 32}/", f"/{play.token[:-1]}/", f"/{play.token}", f"/{play.token}/x", f"/{play.token}/../"):
        assert play.ask("GET", path)[0] == 404, path
    for headers in ({"Host": "evil.example"}, {"Host": f"localhost:{play.port}"}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        assert play.look(PROGRAM, DATA, **headers)[0] == 404, headers
    assert play.look(PROGRAM, DATA, **{"Content-Type": "text/plain"})[0] == 415
    assert play.look(PROGRAM, DATA, Origin=f"http://127.0.0.1:{play.port}")[0] == 200
    assert play.ask("GET", f"/{play.token}/look")[0] == 404
    assert play.look("#" * (1 << 20))[0] == 413
    bound = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"]
    assert f"0100007F:{play.port:04X}" in bound and f"00000000:{play.port:04X}" not in bound


def says_what_is_so(play):
    good = play.says(PROGRAM, DATA)
    assert good["check"] == {"diagnostics": []} or all(d["code"].startswith("L") for d in good["check"]["diagnostics"])
    assert good["trace"]["outputs"]["p"] == [{"y": 12}] * 3 and "error" not in good
    assert good["trace"]["steps"][1]["stack"] == [{"type": "secret int", "value": 12}]
    assert good["explain"]["learns"][0]["to"] == "all" and good["explain"]["rounds"] > 0
    bad = play.says(PROGRAM.replace("sum", "summ"), DATA)
    [found] = bad["check"]["diagnostics"]
    assert (found["code"], found["line"], found["col"], found["end_col"]) == ("E0101", 4, 3, 7) and "trace" not in bad
    bad = play.says(PROGRAM.replace("sum", "summ"), "{")
    assert bad["check"]["diagnostics"] or bad["error"]
    assert "outside" in play.says(PROGRAM, DATA.replace("3", "300"))["error"]
    assert "error" in play.says(PROGRAM)
    named = json.dumps({"p": [{"x": {"csv": "/etc/passwd"}}]})
    assert "root" not in json.dumps(play.says(PROGRAM, named)), "a file was read"
    assert "error" in play.says("use passwd", "") or play.says('use "passwd"', "")["check"]["diagnostics"]
    status, text, _ = play.ask("POST", f"/{play.token}/look", "[1", {"Content-Type": "application/json"})
    assert status == 200 and "error" in json.loads(text)


def outlives(play):
    assert "error" in play.says(ENDLESS, json.dumps({"p": {"x": 1}}))
    assert play.says(PROGRAM, DATA)["trace"]["outputs"]["p"][0] == {"y": 12}


def main():
    play = Play()
    try:
        only_its_own(play)
        says_what_is_so(play)
        outlives(play)
    finally:
        code = play.end(signal.SIGTERM)
    assert code == 143, (code, play.process.stderr.read())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "mine.moot")
        file.write_text("# </script><b>\n" + PROGRAM)
        Path(folder, "mine.json").write_text(DATA)
        play = Play(file)
        page = play.ask("GET", f"/{play.token}/")[1]
        assert "\\u003c/script\\u003e\\u003cb\\u003e" in page and "<b>\\n" not in page and '\\"x\\": 3' in page
        assert play.end(signal.SIGINT) == 130
    print("play plays")


if __name__ == "__main__":
    main()

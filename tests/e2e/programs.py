#!/usr/bin/env python3
"""What must hold of every program in programs/. usage: programs.py CLAIM NAME, where CLAIM is one of

tests       the tests in the file pass, and there are some
outputs     the ideal box gives what the reference computes, and real nodes give the same digits, however many; noise
            stays within the bounds of the reference (NOISE by output), and differs from run to run
price       explain's rounds, bytes and multiplications are those of the run
active      nodes that check each other give the same digits for the price that explain names, or the table of docs/cookbook.md says
            that the mode is refused; what they send is as below. Lists of private length are padded there, and their bounds cut to
            the longest list of the sample
transcript  with other data of the same public shape every node sends frames of the same sizes to the same peers in the same
            order, and all costs are the same
real        on the data of programs/data that the reference names, real nodes give what it computes
"""

import json
import os
import re
import sys
import tempfile
from pathlib import Path

import moot

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "reference"))
from make import near, reference  # noqa: E402


def program(name):
    return str(ROOT / "programs" / f"{name}.moot")


def sample_file(name):
    return ROOT / "programs" / f"{name}.json"


def sample(name):
    return json.loads(sample_file(name).read_text())


def tests(name):
    assert 'test "' in Path(program(name)).read_text(), "there are no tests in the file"
    moot.run("test", program(name))


def told(outputs, name):
    """All values of one output, whoever learns them."""
    if isinstance(outputs, dict):
        return [v for k in outputs for v in ([outputs[k]] if k == name else told(outputs[k], name))]
    return [v for each in outputs for v in told(each, name)] if isinstance(outputs, list) else []


def varies(name, noise):
    """False by chance once in 10^11: no draw of these programs has one value more often than one time in four."""
    runs = [moot.run_json("run", program(name))["outputs"] for _ in range(20)]
    for output in noise:
        seen = [told(run, output) for run in runs]
        assert any(s != seen[0] for s in seen), f"{output} has no noise: always {seen[0]}"


def outputs(name):
    wanted = json.loads((ROOT / "programs" / f"{name}.expected.json").read_text())
    ideal = moot.run_json("run", program(name), "--ideal")["outputs"]
    noise = getattr(reference(name), "NOISE", {})
    slack = dict(noise)
    for output, off in getattr(reference(name), "TOLERANCE", {}).items():
        slack[output] = noise.get(output, 0) + off
    assert near(ideal, wanted, slack), f"the ideal box\n  gives     {ideal}\n  should be {wanted}"
    between = {output: 2 * bound for output, bound in noise.items()}
    for nodes in ([], ["--nodes", "3"], ["--nodes", "5"], ["--transport", "tcp"]):
        real = moot.run_json("run", program(name), *nodes)["outputs"]
        what = f"outputs of {name} {' '.join(nodes)}"
        assert near(real, ideal, between), f"{what}\n  are       {real}\n  should be {ideal}"
        assert near(real, wanted, slack), f"{what}\n  are       {real}\n  should be {wanted}"
    if noise:
        varies(name, noise)


def price(name):
    for nodes in ([], *(["--nodes", str(n)] for n in (3, 5, 7))):
        told = moot.cost(moot.run_json("explain", program(name), *nodes))
        done = moot.cost(moot.run_json("run", program(name), *nodes))
        moot.expect_equal(done, told, f"cost of {name} {' '.join(nodes)}")
        assert done["rounds"] > 0 and min(done["bytes_sent"]) > 0, f"nothing was counted: {done}"


def longest(value):
    """Of the lists of numbers in it."""
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    own = 0 if any(isinstance(v, (dict, list)) for v in parts) else len(parts)
    return max([own, *map(longest, parts)])


def cut_bounds(name, folder):
    """The program with no more room in its lists than the sample data take."""
    text = Path(program(name)).read_text()
    file = Path(folder) / f"{name}.moot"
    file.write_text(re.sub(r"\[\.\.[0-9_]+\]", f"[..{longest(sample(name))}]", text))
    return str(file)


def active(name):
    page = (ROOT / "docs" / "cookbook.md").read_text()
    if re.search(rf"^\| {name} \|.*refused", page, re.MULTILINE):
        return
    with tempfile.TemporaryDirectory() as folder:
        file = cut_bounds(name, folder) if "[.." in Path(program(name)).read_text() else program(name)
        ideal = moot.run_json("run", program(name), "--ideal")["outputs"]
        told = moot.cost(moot.run_json("explain", file, "--data", str(sample_file(name)), "--security", "active"))
        real = compared(name, file, "--security", "active")
    between = {output: 2 * bound for output, bound in getattr(reference(name), "NOISE", {}).items()}
    assert near(real["outputs"], ideal, between), f"outputs\n  are       {real['outputs']}\n  should be {ideal}"
    moot.expect_equal(moot.cost(real), told, f"cost of {name}")


def other(value, private_lengths):
    """Data of the same public shape, with nothing else in common."""
    if isinstance(value, dict):
        return {k: other(v, private_lengths) for k, v in value.items()}
    if isinstance(value, list):
        kept = value[:1] if private_lengths and not isinstance(value[0], dict) else value
        return [other(v, private_lengths) for v in kept]
    return 0


def frames(folder):
    """Of each process, what it sent: "peer kind bytes" in order."""
    return {file.name: file.read_text().splitlines() for file in Path(folder).iterdir()}


def recorded(*arguments):
    """A run, and its frames: none where tests/tools/frames.c cannot be loaded."""
    with tempfile.TemporaryDirectory() as folder:
        if "FRAMES" in os.environ:
            os.environ.update(LD_PRELOAD=os.environ["FRAMES"], MOOT_FRAMES=folder)
        run = moot.run_json("run", *arguments)
        os.environ.pop("LD_PRELOAD", None)
        return run, frames(folder)


def compared(name, file, *mode):
    """The run on the sample, whose frames are those of a run on other data."""
    private_lengths = "[.." in Path(file).read_text()
    first, sent = recorded(file, "--data", str(sample_file(name)), *mode)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as others:
        json.dump(other(sample(name), private_lengths), others)
        others.flush()
        second, sent_then = recorded(file, "--data", others.name, *mode)
    assert first["outputs"] != second["outputs"], "the other data should give other results"
    moot.expect_equal(moot.cost(second), moot.cost(first), f"transcript of {name}")
    assert "FRAMES" not in os.environ or len(sent) >= 3, f"frames of {list(sent)} alone"
    for process in sent:
        for k, (was, now) in enumerate(zip(sent[process], sent_then[process])):
            moot.expect_equal(now, was, f"frame {k} of {process} of {name}")
    moot.expect_equal({p: len(f) for p, f in sent_then.items()}, {p: len(f) for p, f in sent.items()}, f"frames of {name}")
    return first


def transcript(name):
    compared(name, program(name))


def real(name):
    module = reference(name)
    data = ROOT / "programs" / "data" / f"{module.REAL}.json"
    wanted = module.outputs(json.loads(data.read_text()))
    got = moot.run_json("run", program(name), "--data", str(data))["outputs"]
    assert near(got, wanted, module.TOLERANCE), f"on {data.name}\n  gives     {got}\n  should be {wanted}"


if __name__ == "__main__":
    claim, of = sys.argv[1:]
    {"tests": tests, "outputs": outputs, "price": price, "transcript": transcript, "active": active, "real": real}[claim](of)

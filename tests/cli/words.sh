# moot words and moot help print the table that the compiler reads.
. "$(dirname "$0")/_common.sh"

run 0 words
out_has "argmax"
out_has "select"
run 0 words maximum
out_has "maximum"
run 0 words --json
out_is_json
run 0 help argmax
out_has "argmax"
run 0 words MAX
out_has "argmax"
run 0 words notation
out_has "x -> NAME"
run 0 help '->'
out_has "x y -> ( a b )"
run 0 help reveal
out_has "to whom the output's declaration says"
run 0 help party
out_has "party NAME[n]"
out_has "usage: moot party"
run 2 help ''
run 0 help e0401
out_has "never branches on a secret"
run 0 help explain
out_has "usage: moot explain"
run 0 help E0401
[ -s out ] || complain "help E0401 says nothing"
run 0 help D02
out_has "range"
run 2 help argmx
err_has "did you mean \`argmax\`?"
# Every code that a message can carry has a page.
for code in $(grep -rhoE '"[EDNLT][0-9]{2,4}"' "$ROOT"/compiler "$ROOT"/runtime "$ROOT"/net --include='*.c' | tr -d '"' | sort -u); do
    run 0 help "$code"
done

# The example of every built word is a program, given inputs of the names that the examples use.
run 0 words --json
python3 - <<'END' || complain "examples of words that do not compile"
import json, os, subprocess, sys

HEADER = """
param n = 5
party bidder[n]  party a  party b
input bid     from bidder : int -1000..1000
input spend   from a : fix[n] 0..100       input calls  from b : fix[n] 0..100
input weight  from b : fix[n] -1..1        input rows   from a : fix[n 3] -100..100
input weights from b : fix[3 2] -1..1      input bias   from b : fix[2] -1..1
input prices  from a : int[n] 0..100       input group  from b : int[n] 0..2
input ours    from a : int[n] 0..100       input theirs from b : int[n] 0..100
input label   from a : bool[n]             input score  from b : fix[n] 0..1
input guess   from b : bool[n]             input wanted from a : fix[n] -100..100
input ballot  from a : int[3] 0..2         input x      from a : fix -10..10
output done to all : int
"""


def findings(example, results):
    program = f"{HEADER}\n{example}{' drop' * results}\n1 reveal done\n"
    told = subprocess.run([os.environ["MOOT"], "check", "-", "--json"], input=program, capture_output=True, text=True)
    found = json.loads(told.stdout)["diagnostics"] if told.returncode in (0, 1) else [{"message": told.stderr}]
    return [f["message"] for f in found if f.get("severity") != "warning"]


wrong = []
for word in json.load(open("out"))["words"]:
    tries = [findings(word["example"], results) for results in (1, 2)]
    if word["name"] not in word["example"].split() or all(tries):
        wrong.append(f"{word['name']}: {word['example']}: {tries[0]}")
print("\n".join(wrong), file=sys.stderr)
sys.exit(1 if wrong else 0)
END
finish

# What a run says while it goes on: phases with -v, instructions with -vv, a bar on a terminal alone.
. "$(dirname "$0")/_common.sh"
salary

run 0 run salary.moot -v
for phase in "meeting " "agreeing on keys " "making masks ahead " "the program "; do err_has "$phase"; done
python3 - <<'END' || complain "the phases do not add up to the run: $(cat err)"
import re
text = open("err").read()
parts = [tuple(map(int, m)) for m in re.findall(r"(\d+) rounds +(\d+) bytes sent", text)]
assert len(parts) == 4 and parts[0] == (0, 0)
rounds, sent = re.search(r": (\d+) rounds, .* (\d+) bytes sent per node", text).groups()
assert (sum(p[0] for p in parts), sum(p[1] for p in parts)) == (int(rounds), int(sent))
END
run 0 run salary.moot -vv
grep -q '^round  *4    5:14  reveal  *1 items  salary mean  reveal average$' err || complain "no instruction: $(cat err)"
run 0 run salary.moot -q
[ ! -s err ] || complain "something is said that nobody asked for: $(cat err)"

# The bar: for runs of more than a second, and not into a file.
run 0 run salary.moot -q --delay 400
[ ! -s err ] || complain "a bar in a file: $(cat err)"
if command -v script >found; then
    TERM=xterm script -qc "'$MOOT' run salary.moot --delay 500" shown >/dev/null </dev/null
    grep -q 'round [1-4] of 4' shown || complain "no bar on a terminal: $(cat shown)"
    tail -n 4 shown | grep -q 'average' || complain "no result after the bar: $(cat shown)"
    TERM=xterm script -qc "'$MOOT' run salary.moot" shown >/dev/null </dev/null
    ! grep -q 'round [1-4] of 4' shown || complain "a bar for a short run: $(cat shown)"
fi
finish

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
    sed "s/.*$(printf '\033')\[K//" shown | grep -q '^average' || complain "no result after the bar: $(cat shown)"
    # A machine or a build that takes longer than that for a short run may show one.
    before=$(date +%s%3N)
    TERM=xterm script -qc "'$MOOT' run salary.moot" shown >/dev/null </dev/null
    [ $(($(date +%s%3N) - before)) -ge 1000 ] || ! grep -q 'round [1-4] of 4' shown || complain "a bar for a short run: $(cat shown)"
fi

# The ring of nodes is for terminals.
run 2 run salary.moot --watch
err_has "--watch wants a run among nodes, and a terminal to itself"
if command -v script >found; then
    TERM=xterm script -qc "'$MOOT' run salary.moot --watch --delay 100" shown >/dev/null </dev/null
    for text in '(employee-0)' '(employee-2)' 'employee-1   round      4  sent' 'average'; do
        grep -qF "$text" shown || complain "the ring lacks '$text': $(tail -n 40 shown)"
    done
fi

# Bars of results: from 0, to the left what is below; one number has none.
cat >bars.moot <<'END'
party  owner
input  x from owner : fix[4] -10..10
output y to all : fix[4]
output b to owner : bool[2]
output one to all : int
x reveal y
x 2 take 0 > reveal b
3 reveal one
END
echo '{"owner": {"x": [-5, 2.5, 0, 5]}}' >bars.json
run 0 run bars.moot --chart -q
cat >wanted <<'END'

y
       0 -5            ███████████████████████████│
       1 2.5                                      │█████████████▌
       2 0                                        │
       3 5                                        │███████████████████████████

b
       0 false
       1 true          ██████████████████████████████████████████████████████
END
tail -n +4 out | diff wanted - || complain "the bars are others: $(cat out)"
run 0 run bars.moot --chart -q --json
out_is_json
finish

# moot trace shows the stack after every word: all of it, by commands from a pipe, by keys on a terminal, as JSON.
. "$(dirname "$0")/_common.sh"

cat >auction.moot <<'END'
party  auctioneer
party  bidder[n]
input  bid    from bidder     : int 0..1_000_000
output price  to   all        : int
output winner to   auctioneer : int

: others ( bids w -- bids' )
    over length onehot not mask ;

bid argmax -> w
bid w others maximum reveal price
w reveal winner
END
echo '{"bidder": [{"bid": 310}, {"bid": 420}, {"bid": 405}, {"bid": 120}]}' >auction.json

# --- all of it
cat >wanted <<'END'
auction.moot: every value in the clear, on the ideal box: for sample data on one machine, never for real secrets
The stack after each word, its top at the right; - is an empty one.

 10 | bid argmax -> w
      bid             { 310 420 405 120 }
      argmax          1
      -> w            -   w = 1

 11 | bid w others maximum reveal price
      bid             { 310 420 405 120 }
      w               { 310 420 405 120 }  1
  8 |     over length onehot not mask ;
        over          { 310 420 405 120 }  1  { 310 420 405 120 }
        length        { 310 420 405 120 }  1  4
        onehot        { 310 420 405 120 }  { false true false false }
        not           { 310 420 405 120 }  { true false true true }
        mask          { 310 0 405 120 }

 11 | bid w others maximum reveal price
      others          { 310 0 405 120 }
      maximum         405
      reveal price    -   price = 405 to all

 12 | w reveal winner
      w               1
      reveal winner   -   winner = 1 to auctioneer
END
run 0 trace auction.moot
diff wanted out || complain "the whole trace is another"
"$MOOT" trace - --data auction.json <auction.moot >piped 2>err || complain "a program from a pipe: $(cat err)"
[ "$(tail -n +2 piped)" = "$(tail -n +2 wanted)" ] || complain "a program from a pipe is traced otherwise"

# --- as JSON
run 0 trace auction.moot --json
python3 - <<'END' || complain "trace --json: $(cat out)"
import json
trace = json.load(open("out"))
assert trace["schema"] == "moot.trace/1" and trace["program"] == "auction" and not trace["cut"]
steps = trace["steps"]
assert [s["step"] for s in steps] == list(range(1, 16))
assert [s["word"] for s in steps[:3]] == ["bid", "argmax", "-> w"]
first = {"step": 1, "file": "auction.moot", "line": 10, "col": 1, "end_col": 4, "word": "bid", "depth": 0, "height": 1}
assert {k: steps[0][k] for k in first} == first
assert steps[0]["stack"] == [{"type": "secret int[4]", "value": [310, 420, 405, 120]}]
assert steps[2]["names"] == [{"name": "w", "type": "secret int", "value": 1}]
told = {"output": "winner", "to": "auctioneer", "type": "secret int", "value": 1}
assert steps[-1]["revealed"] == told and steps[-1]["stack"] == []
assert trace["outputs"]["auctioneer"] == {"price": 405, "winner": 1}
END

# --- by commands
commands() { printf "$1" | "$MOOT" trace auction.moot >out 2>err || complain "$1: $(cat err)"; }
at() { [ "$(grep -c '^step' out)" = "$1" ] && grep '^step' out | tail -1 | grep -qF "$2" || complain "not at '$2': $(cat out)"; }
cat >wanted <<'END'
step 5 of 15, auction.moot:11:5  w
 > 11 | bid w others maximum reveal price
      |     ^
this line: ROUNDS
stack, its top first
  1           secret int            1   in 0..3
  2           secret int[4]         { 310 420 405 120 }   in 0..1000000
names
  w           secret int            1   in 0..3
watched
  w           secret int            1   in 0..3
END
commands 'w w\ng 11\nnext\n'
at 3 "step 5 of 15"
grep -q '^watched$' out && grep -q '^  w           not yet$' out || complain "what is watched is not shown: $(cat out)"
grep -Eq '^this line: [0-9]+ rounds and [0-9]+ bytes a node, [0-9]+ % and [0-9]+ % of what lines cost$' out ||
    complain "no cost: $(cat out)"
sed -i 's/^this line: .*/this line: ROUNDS/' out
tail -11 out | diff wanted - || complain "a step is shown otherwise"
commands '\n\nn\np\n'
at 4 "step 2 of 15, auction.moot:10:5  argmax"
commands 'goto 11\n\n\no\n'
at 4 "step 7 of 15"
commands 'goto 11\n\nover\n'
at 3 "step 11 of 15, auction.moot:11:7  others"
commands 'b 12\nb 8\nc\nc\nc\nr\nb 12\nlast\nr\n'
[ "$(grep '^step' out | cut -d' ' -f2 | tr '\n' ' ')" = "0 0 6 14 15 14 14 15 6 " ] || complain "breakpoints: $(cat out)"
commands 'w w\nc\nc\nr\nw w\nc\n'
[ "$(grep '^step' out | cut -d' ' -f2 | tr '\n' ' ')" = "0 3 15 3 3 15 " ] || complain "a watched name does not stop: $(cat out)"
commands 'c\n'
at 1 "step 15 of 15"
out_has "  winner = 1 to auctioneer"
commands 'help\nq\nn\n'
out_has "the first word of a line"
! grep -q '^step' out || complain "it went on after quit"
for wrong in 'x' 'watch' 'watch nobody' 'goto' 'goto 3' 'goto -1' 'break 99' 'next 3' 'nextt' 'p'; do
    echo "$wrong" | "$MOOT" trace auction.moot >out 2>err
    [ $? -eq 2 ] && [ ! -s out ] && [ -s err ] || complain "$wrong was obeyed: $(cat out)"
done

# --- on a terminal: keys, and the terminal as before, also when a signal ends it
cat >keys.py <<'END'
import os, pty, select, signal, struct, sys, termios, time, fcntl

def session(keys, end=None):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(os.environ["MOOT"], ["moot", "trace", "auction.moot"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    before, seen = termios.tcgetattr(terminal), b""

    def until(text):
        nonlocal seen
        deadline = time.time() + 60
        while text not in seen:
            assert time.time() < deadline, (text, seen)
            if select.select([terminal], [], [], 1)[0]:
                try:
                    seen += os.read(terminal, 65536)
                except OSError:
                    break
        assert text in seen, (text, seen)
        seen = seen.split(text, 1)[1]

    until(b"nothing has run")
    for key, shown in keys:
        os.write(terminal, key)
        until(shown)
    if end is not None:
        os.kill(pid, end)
    else:
        os.write(terminal, b"q")
    until(b"\x1b[?1049l")
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert termios.tcgetattr(terminal) == before, "the terminal is not as before"
    return code

right, left, end = b"\x1b[C", b"\x1b[D", b"\x1bOF"
walk = [(right, b"step 1 of 15"), (b" ", b"step 2 of 15"), (b"n", b"w           secret int"), (left, b"step 2 of 15"),
        (b"g", b"goto _"), (b"1\x7f\x7f\r", b"step 2 of 15"), (b"p", b"step 1 of 15"), (b"g12\r", b"step 14 of 15"),
        (b"b\r", b"*> 12"), (b"\x1b[H", b"step 0"), (b"c", b"step 14"), (end, b"step 15"), (right, b"this is the end"),
        (b"h", b"first letters"), (b"x", b"step 15"), (b"z", b"I do not know `z`")]
assert session(walk) == 0
assert session([(right, b"step 1")], signal.SIGTERM) == 143
END
python3 keys.py || complain "keys on a terminal"

# --- into whatever runs: the branch that a public bool takes, each round of `until` and `times`, quotations
cat >runs.moot <<'END'
party a
input x from a : int 0..100
output big to all : bool
output step to all : int[5]
output z to all : int
x 50 > reveal big
big [ x 2 + ] [ x 1 - ] if
5 [ 1 + dup reveal step
    step 50 > [ 7 mod ] [ 2 * ] if
    step 3 > ] until
3 [ 4 + ] times
reveal z
END
echo '{"a": {"x": 3}}' >runs.json
run 0 trace runs.moot --json
python3 - <<'END' || complain "what runs: $(cat out)"
import json
trace = json.load(open("out"))
seen = [(s["line"], s["word"], s["stack"][-1].get("value") if s["stack"] else None) for s in trace["steps"]]
body = lambda a, b, c, d: [(8, "1", 1), (8, "+", a), (8, "dup", a), (8, "reveal step", a), (9, "step", a), (9, "50", 50), (9, ">", False),
        (9, "[ 7 mod ]", None), (9, "[ 2 * ]", None), (9, "2", 2), (9, "*", b), (9, "if", b), (10, "step", c), (10, "3", 3), (10, ">", d)]
branch = [(7, "x", 3), (7, "1", 1), (7, "-", 2), (7, "if", 2)]
until = body(3, 6, 3, False) + body(7, 14, 7, True) + [(10, "until", 14)]
times = [(11, "4", 4), (11, "+", 18), (11, "4", 4), (11, "+", 22), (11, "4", 4), (11, "+", 26), (11, "times", 26)]
for part in (branch, until, times):
    assert any(seen[k:k + len(part)] == part for k in range(len(seen))), (part, seen)
loop = [s for s in trace["steps"] if s["word"] == "until"][0]
assert (loop["rounds"], loop["rounds_shown"]) == (2, 2) and trace["outputs"]["a"]["z"] == 26
END
sed -i 's/^3 \[/3_000 [/' runs.moot
run 0 trace runs.moot
[ "$(grep -c '^        +  ' out)" = 4 ] && out_has "(2 of 3000 rounds shown)" || complain "a long loop: $(cat out)"

# --- long programs stay readable
cat >long.moot <<'END'
party a
input x from a : int 0..100
output y to all : int
x 10_000 [ 7 + 101 mod ] times
100 [ + 101 mod ] for
{ 1 2 3 4 5 6 7 8 9 10 11 12 } sum +
reveal y
END
echo '{"a": {"x": 5}}' >long.json
run 0 trace long.moot
out_has "2 of 10000 rounds shown"
out_has "2 of 100 rounds shown"
[ "$(wc -l <out)" -lt 50 ] || complain "a loop is shown round by round: $(wc -l <out) lines"
{ echo 'party a input x from a : int 0..100 output y to all : int x'
  for _ in $(seq 15000); do echo '1 +'; done
  echo '101 mod reveal y'; } >cut.moot
run 0 trace cut.moot --data long.json --json
python3 -c 'import json; t = json.load(open("out")); assert t["cut"] and len(t["steps"]) == 20000' || complain "not cut"

# --- words of a file that is used, nothing at all, and values that map hides
echo ': double ( x -- y ) 2 * ;' >mine.moot
cat >odd.moot <<'END'
use "./mine.moot"
party a
input m from a : int[2 3] 0..100
input p from a : int[..4] 0..100
output y to all : int[2]
m [ double sum ] map  p sum +  0 zeros sum +  reveal y
END
echo '{"a": {"m": [[1, 2, 3], [4, 5, 6]], "p": [7, 8]}}' >odd.json
run 0 trace odd.moot
out_has "mine.moot:  1 | : double ( x -- y ) 2 * ;"
out_has "{ 2 4 6 }   (the first of 2)"
out_has "{ 7 8 }"
out_has "{ }"

# --- refusals
run 2 trace auction.moot --data missing.json
rm auction.json
run 2 trace auction.moot --set n=4
err_has "moot trace auction.moot --data FILE.json"
echo 'party a input x from a : fix output o to all : fix x 2_000 [ sq ] times reveal o' >fails.moot
echo '{"a": {"x": 1000}}' >fails.json
run 7 trace fails.moot
run 7 trace fails.moot --json
echo 'nonsense' >broken.moot
run 1 trace broken.moot

# --- tracing changes nothing: every program gives what it gives without
for program in "$ROOT"/tests/language/*.moot; do
    run 0 run --ideal --json "$program"
    python3 -c 'import json; print(json.load(open("out"))["outputs"])' >plain
    run 0 trace --json "$program"
    python3 - <<'END' >traced || complain "$(basename "$program"): values are missing"
import json
trace = json.load(open("out"))
print(trace["outputs"])
assert trace["steps"] and not [s for s in trace["steps"] for x in s["stack"] if x.get("value", 0) is None and x.get("first_of") != 0]
END
    cmp -s plain traced || complain "$(basename "$program") has other outputs when it is traced"
done
finish

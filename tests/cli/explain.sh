# moot explain: leakage, cost and ranges, as text and as JSON.
. "$(dirname "$0")/_common.sh"
salary

run 0 explain salary.moot
out_has "Who learns what"
out_has "average"
out_has "rounds"
out_has "no node alone learns anything"
out_has "about"
out_has "what a node sends on average"
out_has "salary  from employee, each of 3"
out_has "int 0..1_000_000"
run 0 explain salary.moot --rtt 1000 --bandwidth 10
out_has "about 2 s on your network (1000 ms there and back, 10 Mbit/s)"
run 2 explain salary.moot --rtt 0
run 2 explain salary.moot --bandwidth fast
run 0 explain salary.moot --json
out_is_json
python3 - <<'END' || complain "explain --json: $(cat out)"
import json
e = json.load(open("out"))
assert e["schema"] == "moot.explain/1" and e["program"] == "salary"
assert e["nodes"] == 3 and e["threshold"] == 1 and e["security"] == "passive" and e["field"] in ("p61", "p127")
assert len(e["bytes_sent"]) == 3 and all(b > 0 for b in e["bytes_sent"]) and e["rounds"] > 0
assert [g["input"] for g in e["gives"]] == ["salary"]
assert [(l["output"], l["to"]) for l in e["learns"]] == [("average", "all")] and e["learns"][0]["class"]
assert e["bytes_of_no_line"] + sum(l["bytes"] for l in e["lines"]) == sum(e["bytes_sent"]) // 3
assert [t["rtt_ms"] for t in e["times"]] == [1, 80] and all(t["seconds"] > 0 for t in e["times"])
assert all(k in e for k in ("ranges", "assumed", "warnings", "lines", "multiplications"))
END
run 0 explain salary.moot --nodes 5 --threshold 1 --json
out_has '"nodes":5,"threshold":1'
run 0 explain salary.moot --json --set n=3

# Keys: how wide they are, and why.
cat >hits.moot <<'END'
party shop  party bank
param n  param m
input ours   from shop : key[n]
input theirs from bank : key[m]
output hits  to   all  : int
ours theirs member count reveal hits
END
run 0 explain hits.moot --set n=1000 --set m=1000
out_has "keys are 60-bit hashes of their texts; 1000000 pairs are compared, a false match has a chance of 2^-40 at most"
out_has "ours    from shop                 key[1000]"
run 0 explain hits.moot --set n=1100 --set m=1000
out_has "keys are 126-bit hashes of their texts; 1100000 pairs are compared, a false match has a chance of 2^-105 at most"
run 1 explain hits.moot --set n=1100 --set m=1000 --field p61
err_has "error[E0402]: keys of 60 bits would match by chance too often"
run 0 explain hits.moot --set n=1 --set m=1 --json
out_has '"keys":{"bits":60,"pairs":1,"log2_of_false_match":-60}'

# What would cost less is found by trying, through a name too; a matrix's first row is no minimum.
cat >first.moot <<'END'
party bidder[n]
input  bid from bidder : int 0..1_000
output who to all : int
bid order -> place
place 0 at reveal who
END
run 0 explain first.moot --set n=7
grep -q '^  >    4 .* 9. %' out || complain "the dearest line is not marked: $(cat out)"
out_has "What would cost less"
out_has 'line 4: `argmin` says the same as `order … 0 at`; the program then takes '
run 0 explain first.moot --set n=7 --json
python3 - <<'END' || complain "cheaper: $(cat out)"
import json
e = json.load(open("out"))
[c] = e["cheaper"]
assert (c["line"], c["now"], c["instead"]) == (4, "order … 0 at", "argmin")
assert c["rounds"] < e["rounds"] and c["bytes"] < max(e["bytes_sent"])
END
sed -i 's/order/argmin/; s/ 0 at/ 1 */' first.moot
run 0 explain first.moot --set n=7 --json
out_has '"cheaper":[]'
cat >rows.moot <<'END'
party bidder[n]
input  bid from bidder : int[n] 0..1_000
output who to all : int[n]
bid sort 0 at reveal who
END
run 0 explain rows.moot --set n=3 --json
out_has '"cheaper":[]'
sed -i 's/bid sort 0 at/bid 0 at sort 0 at n fill/' rows.moot
run 0 explain rows.moot --set n=3
out_has 'line 4: `minimum` says the same as `sort 0 at`'

# What a loop assumes is listed, also of what `exp` takes, and holds on the ideal box or is refused there.
cat >grows.moot <<'END'
party alice
input x from alice : fix -10..10
input y from alice : fix -3..3
output z to all : fix
x 40 [ -> s  s y *  s exp 0.001 * - ] times reveal z
END
run 0 explain grows.moot --json
out_has '"name":"exp"'
out_has '"hi":"13.81551"'
echo '{"alice": {"x": 1, "y": 0.5}}' >small.json
run 0 run grows.moot --ideal --data small.json
echo '{"alice": {"x": 10, "y": 3}}' >large.json
run 7 run grows.moot --ideal --data large.json
err_has "the range assumed here"

# Who compares notes learns what the others add to a sum, which is their input only when nothing was done to it.
cat >pairs.moot <<'END'
party p[2]
input v from p : int[3] 0..100
input x from p : int 0..100
output t to all : int
output u to all : int
v total reveal t
x sum reveal u
END
run 0 explain pairs.moot
out_has "L02  line 6: each p learns what the other adds to this sum"
out_has "L02  line 7: each p learns the other's x"

# Through loops and branches, and of noise: how often it is drawn, and that one draw does not hide two results.
cat >leaks.moot <<'END'
party a
party b
input x from a : int 0..100
input y from b : int 0..100
input s from b : bool[4]
input q from b : bool[4]
output o to all : bool
output c to all : int
output d to all : int[3]
output f to all : int
output g to all : int
output h to all : int[400]
output k to all : int
output i to all : int[4]
s [ 1 + ] map { 7 1 2 } q 1 take [ 2 + ] map append match drop reveal i
x 50 > reveal o
o [ x y + ] [ x ] if reveal c
3 [ s count 1 0.5 laplace + reveal d ] times
1 0.5 laplace -> n
s count n + reveal f
q count n + reveal g
x 400 [ 2 + 101 mod y 3 * + 101 mod dup reveal h ] times drop
o [ s count 1 1 laplace + ] [ q count 1 2 laplace + ] if reveal k
END
run 0 explain leaks.moot
out_has "c  to all            a count or sum of x and y   "
out_has "d  to all            a count of s, each round, noised (epsilon 1.5 in all)"
out_has "f  to all            a count of s   "
out_has "g  to all            a count of q   "
out_has "h  to all            a function of x and y, each round"
out_has "k  to all            a count of s and q, noised (epsilon 3)"
out_has "i  to all            a position"

# Whom noise hides, and what is spent in all; of `gaussian` the program does not say whom.
cat >budget.moot <<'END'
party a
input x from a : int 0..100
input y from a : int 0..100
output o to all : int
output p to all : fix
output q to all : fix
x 100 1 laplace + reveal o
x 100 0.5 0.001 gaussian-for + reveal p
y 2 gaussian + reveal q
END
run 0 explain budget.moot
out_has "o  who changes it by at most 100: epsilon 1   (discrete Laplace)"
out_has "p  who changes it by at most 100: epsilon 0.5, delta 0.001   (discrete Gaussian, sigma "
out_has 'q  whom, the program does not say (`gaussian-for` does)   (discrete Gaussian, sigma 2)'
out_has "all outputs together spend on x: epsilon 1.5, delta 0.001"
out_has "all outputs together spend on y: sigma 2"
run 0 explain --json budget.moot
out_has '"spent":[{"input":"x","epsilon":"1.5","delta":"0.001"},{"input":"y","sigma":"2"}]'
sed -i 's/0.001/0.0000001/' budget.moot
run 1 check budget.moot
err_has "wants a known delta above 0"
err_has "precision 30"
sed -i 's/0.0000001/2/' budget.moot
run 1 check budget.moot
err_has "wants a known delta of at most 1"
sed -i 's/0.5 2 gaussian-for/0.000001 0.5 gaussian-for/; s/100 0.000001/500_000_000 0.000001/' budget.moot
run 1 check budget.moot
err_has "wants a known sigma below 2^30"

# The dearest line is marked, and the network that the times are of can be named.
run 0 explain salary.moot
out_has "What is promised"
run 0 explain salary.moot --rtt 100000
out_has "3 min 20 s on your network"

rm salary.json
run 2 explain salary.moot # nobody says how many
run 0 explain salary.moot --set n=20 --nodes 3 --json
out_has '"nodes":3'
finish

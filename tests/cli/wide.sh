# Numbers beyond 127 bits: real nodes say what the ideal box says, at the price that explain gives.
. "$(dirname "$0")/_common.sh"

# agree FILE ARGS…: outputs of nodes and ideal box are one, and rounds and products as foretold.
agree() {
    run 0 run "$@" --ideal --json
    cp out ideal.json
    run 0 explain "$@" --json
    cp out price.json
    run 0 run "$@" --json
    python3 - <<'END' || complain "moot run $*: $(cat out)"
import json
run, ideal, price = (json.load(open(f)) for f in ("out", "ideal.json", "price.json"))
assert run["outputs"] == ideal["outputs"], ideal["outputs"]
for what in ("rounds", "multiplications", "bytes_sent", "field"):
    assert run[what] == price[what], (what, price[what])
END
}

cat >wide.moot <<'END'
party  a
party  b
input  x from a : int[2] -1606938044258990275541962092341162602522202993782792835301376..1606938044258990275541962092341162602522202993782792835301376
input  y from b : int[2] 0..1606938044258990275541962092341162602522202993782792835301376
output product to all : int
output less    to all : bool[2]
output largest to b   : int
output tenth   to a   : int[2]
x y dot reveal product
x y < reveal less
x maximum y maximum max reveal largest
x 10 div reveal tenth
END
cat >wide.json <<'END'
{"a":{"x":["-1606938044258990275541962092341162602522202993782792835301376",7]},
 "b":{"y":["1606938044258990275541962092341162602522202993782792835301375",7]}}
END
agree wide.moot
agree wide.moot --field gmp:179769313486231590772930519078902473361797697894230657273430081157732675805500963132708477322407536021120113879871393357658789768814416622492847430639474124377767893424865485276302219601246094119453082952085005768838150682342462881473913110540827237163350510684586298239947245938479716304835356329624224137111

# 900 bits and more
cat >wider.moot <<'END'
party  a
party  b
input  x from a : int 0..8452712498170643941637436558664265704301557216577944354047371344426782440907597751590676094202515006314790319892114058862117560952
input  y from b : int 0..100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
output z to all : int
x y * 1000000 + reveal z
END
echo '{"a":{"x":"8452712498170643941637436558664265704301557216577944354047371344426782440907597751590676094202515006314790319892114058862117560951"},"b":{"y":"99999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"}}' >wider.json
agree wider.moot

# What no field holds is refused, naming the place; so is what the field that was asked for does not hold.
sed 's/x y \* 1000000 +/x y * sq sq/' wider.moot >widest.moot
run 1 explain widest.moot --data wider.json
err_has "error[E0402]: this may outgrow every field"
run 1 explain wider.moot --data wider.json --field gmp:57896044618658097711785492504343953926634992332820282019728792003956564819949
err_has "error[E0402]: this may outgrow the field"
run 2 run wider.moot --field gmp:561
err_has "wants an odd prime"
run 3 run wide.moot --data wider.json

finish

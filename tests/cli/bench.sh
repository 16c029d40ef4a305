# moot bench: every operation compiles, runs and is told with its limit; time, lengths and lists are heeded.
. "$(dirname "$0")/_common.sh"

run 0 bench --length 4 --transport ipc --seconds 100 --json
out_is_json
python3 - <<'END' || complain "bench --json: $(cat out)"
import json
b = json.load(open("out"))
assert b["schema"] == "moot.bench/1" and b["not_measured"] == 0
one = {t["operation"]: t for t in b["trials"]}
assert one.keys() >= {"multiply", "chain", "dot", "matmul", "compare-32", "open", "input"}
for t in b["trials"]:
    assert t["nodes"] == 3 and t["threshold"] == 1 and t["transport"] == "ipc" and t["length"] == 4, t
    assert t["runs"] >= 1 and t["seconds"] > 0 and t["limit_seconds"] > 0 and t["rounds"] > 0, t
    assert abs(t["efficiency"] - t["limit_seconds"] / t["seconds"]) < 0.01, t
assert [k["kernel"] for k in b["kernels"]][:3] == ["p61 add", "p61 sub", "p61 mul"]
assert one["multiply"]["multiplications"] == 4 and one["multiply"]["rounds"] == 1
assert one["multiply"]["bytes_sent"] == 32 + 4 * 8  # one frame to one node
assert one["chain"]["rounds"] == 4 and one["dot"]["multiplications"] == 1
END

run 0 bench multiply --length 1,1000 --nodes 3,5 --seconds 100
[ "$(grep -c '^multiply' out)" -eq 8 ] || complain "not both lengths, counts of nodes and transports: $(cat out)"
out_has "efficiency"

run 2 bench multplication
err_has "there is no operation \`multplication\` to measure"
err_has "multiply"
run 2 bench --length 0
err_has "whole numbers from 1 to"
run 2 bench --nodes 2,3
run 2 bench --nodes 3,
run 2 bench --transport udp
finish

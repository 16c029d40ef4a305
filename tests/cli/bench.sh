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

# beside passive, which sends less: the checks of a few products are longer than the products
run 0 bench multiply --length 4 --transport ipc --seconds 100 --security active --json
out_is_json
python3 - <<'END' || complain "bench --security active: $(cat out)"
import json
t = json.load(open("out"))["trials"][0]
assert t["passive_time_ratio"] > 0 and t["passive_bytes_ratio"] > 2, t
END
run 0 bench multiply --length 4 --transport ipc --seconds 100 --security active
out_has "time x  bytes x"

run 2 bench multplication
err_has "there is no operation \`multplication\` to measure"
err_has "multiply"
run 2 bench --length 0
err_has "whole numbers from 1 to"
run 2 bench --nodes 2,3
run 2 bench --nodes 3,
run 2 bench --transport udp
finish

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
finish

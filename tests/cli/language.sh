# Every program of tests/language: its tests pass, and real nodes give the same digits as the ideal box. Between
# them they use every word that is built.
. "$(dirname "$0")/_common.sh"
programs=$ROOT/tests/language

# outputs ARGS…: what a run leaves, on one line.
outputs() {
    if "$MOOT" run --json "$@" 2>err </dev/null >result; then
        python3 -c 'import json; print(json.dumps(json.load(open("result"))["outputs"], sort_keys=True))'
    else
        echo "$*: $(cat err)"
    fi
}

for file in "$programs"/*.moot; do
    name=$(basename "$file")
    run 0 test "$file"
    ideal=$(outputs --ideal "$file")
    [ "${ideal#\{}" != "$ideal" ] || complain "$ideal"
    for nodes in 3 5; do
        real=$(outputs --nodes $nodes "$file")
        [ "$real" = "$ideal" ] || complain "$name, $nodes nodes: $real instead of $ideal"
    done
done

# A word is used when it stands between blanks outside comments.
sed 's/#.*//' "$programs"/*.moot | tr -s ' \t' '\n' | sort -u >used
run 0 words --json
python3 - <<'END' || complain "words that no program of tests/language uses"
import json
used = set(open("used").read().split("\n"))
words = json.load(open("out"))
words = words["words"] if isinstance(words, dict) else words
missing = [w["name"] for w in words if w["name"] not in used]
assert len(words) > 60 and not missing, missing
END
finish

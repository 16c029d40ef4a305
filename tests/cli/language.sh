# Every program of tests/language: its tests pass, and between them they use every word that is built. That real nodes give the
# same digits as the ideal box is e2e/price's.
. "$(dirname "$0")/_common.sh"
programs=$ROOT/tests/language

for file in "$programs"/*.moot; do run 0 test "$file"; done

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

# moot fmt prints, rewrites or checks a program's layout.
. "$(dirname "$0")/_common.sh"

uneven() { printf '# c\r\nparty a\nparam  k=3\t \ninput x from a : int\noutput yy to all : int\n\n\nx k +  reveal yy'; }

uneven >uneven.moot
chmod 640 uneven.moot
run 0 fmt uneven.moot
out_has "input  x  from a   : int"
cp out wanted
run 1 fmt --check uneven.moot
err_has "uneven.moot:4:"
err_has "- input x from a : int"
err_has "+ input  x  from a   : int"
cmp -s uneven.moot <(uneven) || complain "--check changed the file"
run 1 fmt --check --quiet uneven.moot
silent

ln -s uneven.moot link.moot
run 0 fmt --write link.moot
silent
cmp -s uneven.moot wanted || complain "--write is not what fmt prints"
[ -L link.moot ] || complain "--write replaced a link"
[ "$(stat -c %a uneven.moot)" = 640 ] || complain "--write changed the mode"
[ "$(ls | grep -c uneven)" = 1 ] || complain "--write left something behind: $(ls)"
run 0 fmt --check uneven.moot
silent
run 0 fmt uneven.moot --json
out_is_json
out_has '"changed":false'

"$MOOT" fmt - <wanted >out || complain "fmt - failed"
cmp -s out wanted || complain "standard input is formatted otherwise"

echo 'x "open' >broken.moot
run 1 fmt --write broken.moot
err_has "E0003"
[ "$(cat broken.moot)" = 'x "open' ] || complain "a refused file was changed"
run 2 fmt --write --check uneven.moot
run 2 fmt --write -
run 2 fmt missing.moot

for program in "$ROOT"/programs/*.moot "$ROOT"/programs/*/*.moot; do
    [ -e "$program" ] || continue
    "$MOOT" fmt --check "$program" || complain "$program is not formatted"
done
finish

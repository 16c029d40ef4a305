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

# --- --types: what all uses agree on, and nothing that would change the program
cat >bare.moot <<'END'
party  a
param  n = 3
input  x from a : int[n] 0..9
input  m from a : fix[2 n] -1..1
input  p from a : int[..5] 0..9
output y to   a : fix
output z to   a : int

: never ( x -- y ) sq ;                 # used nowhere
: any ( x -- y ) 2 * ;                  # of different kinds
: apply ( x q:[] -- y ) call ;          # a quotation stays what it is
: scale ( rows by -- out )              # "n" is spoken for in here
    * n + ;
: both ( v:int[k] w -- s ) + sum ;
: private ( rows -- sum ) sum ;
: width ( m -- n' ) -> m  m length ;
: inner ( v
    -- s ) sum ;                        # over two lines

x any sum 2 any +  x [ sq ] apply sum +  x x both +  p private +  m width +  reveal z
m 0.5 any scale  m 1.5 scale +  [ inner ] map sum  reveal y
END
cat >typed <<'END'
: never ( x -- y ) sq ;
: any ( x -- y ) 2 * ;
: apply ( x:int[n] q:[] -- y:int[n] ) call ;
: scale ( rows:fix[m k] by:fix -- out:fix[m k] )
: both ( v:int[k] w:int[k] -- s:int ) + sum ;
: private ( rows -- sum:int ) sum ;
: width ( m:fix[n k] -- n':int ) -> m  m length ;
: inner ( v:fix[n]
END
"$MOOT" fmt bare.moot >before
run 0 fmt --types bare.moot
cp out after
grep '^:' after | sed 's/  *#.*//' | diff typed - || complain "fmt --types infers something else"
[ "$(grep -c '#' after)" = "$(grep -c '#' before)" ] || complain "fmt --types lost a comment"
run 0 fmt --types after
cmp -s out after || complain "fmt --types is not stable"
run 0 fmt --check after
echo '{"a": {"x": [1, 2, 3], "m": [[0, 0.5, 1], [1, -1, 0]], "p": [4, 5]}}' >bare.json
run 0 run --ideal --json bare.moot --data bare.json
grep -o '"outputs":.*"rounds"' out >plain
run 0 run --ideal --json after --data bare.json
grep -o '"outputs":.*"rounds"' out | cmp -s plain - || complain "types changed what the program computes"
run 1 fmt --types --check bare.moot
err_has "+ : both ( v:int[k] w:int[k] -- s:int ) + sum ;"
run 0 fmt --types --write bare.moot
cmp -s bare.moot after || complain "--types --write is not what fmt --types prints"
sed 's/x any sum/x nay sum/' after >wrong.moot
run 1 fmt --types wrong.moot
err_has "E0101"

for program in "$ROOT"/tests/language/*.moot "$ROOT"/programs/*.moot; do
    run 0 fmt --types "$program"
    cp out typed.moot
    sed -n '/^use "/p' "$program" | grep -q . && continue
    run 0 test typed.moot
    run 0 fmt --types typed.moot
    cmp -s out typed.moot || complain "$program: fmt --types is not stable"
done

for program in "$ROOT"/programs/*.moot "$ROOT"/programs/*/*.moot; do
    [ -e "$program" ] || continue
    "$MOOT" fmt --check "$program" || complain "$program is not formatted"
done
finish

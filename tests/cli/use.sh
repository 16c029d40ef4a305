# `use` takes words from files beside the program, and beside the files that are used; nothing else.
. "$(dirname "$0")/_common.sh"
mkdir sub

cat >main.moot <<'END'
use "./words.moot"
use "sub/../sub/base.moot"
party  alice
input  x from alice : int 0..9
output y to all : int

x twice more reveal y

test "words of three files" x = 4 expect y = 10 ;
END
cat >words.moot <<'END'
# Words only; the tests of a file that is used are its own.
use "./sub/more.moot"
: twice ( x -- y ) dup + step ;
test "none" expect ;
END
echo 'use "./base.moot" : more ( x -- y ) step ;' >sub/more.moot
echo ': step ( x -- y ) 1 + ;' >sub/base.moot
echo '{"alice":{"x":3}}' >main.json

run 0 test main.moot
run 0 run --ideal main.moot
out_has "y = 8"
run 0 run main.moot
out_has "y = 8"
(cd / && "$MOOT" check "$here/main.moot") || complain "paths follow the program, not the folder one stands in"

echo ': step ( x -- y ) 1 + frob ;' >sub/base.moot
run 1 check main.moot
err_has "sub/base.moot:1:23"
err_has "I do not know the word \`frob\`"

echo 'use "../main.moot" : step ( x -- y ) 1 + ;' >sub/base.moot
run 1 check main.moot
err_has "this file uses itself"
echo 'use "more.moot" : step ( x -- y ) 1 + ;' >sub/base.moot
run 1 check main.moot
err_has "this file uses itself"

echo ': step ( x -- y ) 1 + ; party bob' >sub/base.moot
run 1 check main.moot
err_has "error[E0014]"
err_has "sub/base.moot:1:25"
echo ': step ( x -- y 1 + ;' >sub/base.moot
run 1 check main.moot
err_has "sub/base.moot"

rm sub/base.moot
run 1 check main.moot
err_has "error[E0013]"
err_has "No such file"
run 1 run --ideal main.moot
finish

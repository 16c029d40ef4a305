# Text that nobody means as a program: the command refuses it with a place, in bounded time and little output.
. "$(dirname "$0")/_common.sh"

# odd CODE: odd.moot is refused with this code, soon, and what is said stays short.
odd() {
    timeout 60 "$MOOT" check odd.moot >out 2>err
    code=$?
    [ $code = 1 ] || complain "$1: exit $code: $(head -c 300 err)"
    grep -q "^error\[$1\]" err || complain "no $1: $(head -c 300 err)"
    [ "$(wc -c <err)" -lt 20000 ] || complain "$1: $(wc -c <err) bytes of findings"
    [ ! -s out ] || complain "$1: something on stdout"
}

# program TEXT: odd.moot with a header, the text behind it.
program() {
    printf 'party a\ninput x from a : int 0..9\noutput o to all : int\n%s\n' "$1" >odd.moot
}
# times N TEXT
times() { yes "$2" | head -n "$1" | tr -d '\n'; }

program "x $(times 100 ' ')"
times 1000000 0123456789 >>odd.moot # one line of 10 MB
odd E0002
program ''
times 1000000 abcdefghij >>odd.moot
odd E0101
program ''
times 100000 '[ ' >>odd.moot
odd E0005
program ''
times 100000 '] ' >>odd.moot
odd E0004
program ''
times 100000 ': ' >>odd.moot
odd E0004
program ''
times 100000 'x [ 1 + ' >>odd.moot
odd E0005
program ''
yes argmx | head -n 100000 >>odd.moot
odd E0101
program ''
yes 'x reveal p' | head -n 100000 >>odd.moot
odd E0502
program 'x 1 + reveal o'
printf '\0\0\0' >>odd.moot
odd E0001
program 'x 1 + reveal o'
printf '\377\376 \300\200 \355\240\200' >>odd.moot
odd E0001
head -c 100000 /dev/urandom >odd.moot
timeout 60 "$MOOT" check odd.moot >out 2>err
[ $? = 1 ] || complain "random bytes: $(head -c 300 err)"
printf 'use "odd.moot"\nparty a\noutput o to all : int\n1 reveal o\n' >odd.moot
odd E0013
finish

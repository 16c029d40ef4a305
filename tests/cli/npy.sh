# Every number type that a .npy file may have, into int and into fix; what else such a file may say is refused.
. "$(dirname "$0")/_common.sh"

# npy TYPE SHAPE NUMBERS [FORTRAN]: writes x.npy as numpy.save does.
npy() {
    python3 - "$@" <<'END'
import ast, struct, sys
kind, shape, numbers = sys.argv[1], ast.literal_eval(sys.argv[2]), [eval(x) for x in sys.argv[3].split()]
code = {"f4": "f", "f8": "d", "i4": "i", "i8": "q", "i2": "h"}[kind]
head = f"{{'descr': '<{kind}', 'fortran_order': {len(sys.argv) > 4}, 'shape': {shape}, }}"
head += " " * (-(10 + len(head) + 1) % 64) + "\n"
with open("x.npy", "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
    file.write(struct.pack(f"<{len(numbers)}{code}", *numbers))
END
}

echo '{"a":{"x":{"npy":"x.npy"}}}' >x.json
for kind in fix int; do
    cat >x.moot <<END
party  a
input  x from a : $kind[3 2] -1000..1000
output s to all : $kind[3]
x sum reveal s
END
    for number in f4 f8 i4 i8; do
        npy $number '(3, 2)' '1 2 3 -4 5 6'
        run 0 run x.moot
        out_has "s = [3,-1,11]"
    done
    npy i8 '(3, 2)' '1 2 3 5000 5 6'
    run 3 run x.moot
    err_has "error[D02]: 5000 is outside -1000..1000"
    err_has "x.npy, a, x, row 2, column 2"
    npy i8 '(3, 2)' '1 2 3 2**62 5 6'
    run 3 run x.moot
    for wrong in 'float("nan")' 'float("-inf")'; do
        npy f8 '(3, 2)' "1 2 3 4 5 $wrong"
        run 3 run x.moot
        err_has "row 3, column 2"
    done
    npy i4 '(2, 3)' '1 2 3 4 5 6'
    run 3 run x.moot
    err_has "2 rows where the program wants 3"
    npy i4 '(6,)' '1 2 3 4 5 6'
    run 3 run x.moot
    err_has "it has 1 axes, \`x\` has 2"
    for numbers in '1 2 3 4 5' '1 2 3 4 5 6 7'; do
        npy i4 '(3, 2)' "$numbers"
        run 3 run x.moot
        err_has "its length does not fit its shape"
    done
    npy i4 '(1099511627776, 1099511627776)' '1'
    run 3 run x.moot
    npy i2 '(3, 2)' '1 2 3 4 5 6'
    run 3 run x.moot
    err_has "none of <f4 <f8 <i4 <i8"
    npy i4 '(3, 2)' '1 2 3 4 5 6' fortran
    run 3 run x.moot
    err_has "column (Fortran) order"
done

# Halves are fix, not int.
npy f4 '(3, 2)' '1.5 2 3 -4 5 6.25'
run 3 run x.moot
err_has "error[D03]: 1.5 is not whole"
sed 's/int/fix/g' x.moot >f.moot
run 0 run f.moot --data x.json
out_has "s = [3.5,-1,11.25]"
finish

"""The outputs that programs/threshold-prf.moot must have: Legendre symbols by quadratic reciprocity, not by powers."""

P, WIDTH = 2**255 - 19, 16


def symbol(a, n):
    """The Jacobi symbol of a over odd n."""
    sign, a = 1, a % n
    while a:
        while a % 2 == 0:
            a //= 2
            sign = -sign if n % 8 in (3, 5) else sign
        sign = -sign if a % 4 == 3 and n % 4 == 3 else sign
        a, n = n % a, a
    return sign if n == 1 else 0


def outputs(data):
    key = sum(int(keeper["share"]) for keeper in data["keeper"])
    point = key + WIDTH * int(data["client"]["x"])
    bits = [(1 - symbol(point + i, P)) // 2 for i in range(WIDTH)]
    return {"keeper": [{} for _ in data["keeper"]], "client": {"prf": bits}}

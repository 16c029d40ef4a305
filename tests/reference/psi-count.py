"""The outputs that programs/psi-count.moot must have."""


def of_size(rng, each):
    keys = rng.sample(range(10**9), each + each * 7 // 10)
    return {"left": {"ours": keys[:each]}, "right": {"theirs": keys[each * 7 // 10:]}}


def large(rng):
    """10,000 keys each."""
    return of_size(rng, 10_000)


def huge(rng):
    """100,000 keys each."""
    return of_size(rng, 100_000)


def outputs(data):
    shared = {str(k) for k in data["left"]["ours"]} & {str(k) for k in data["right"]["theirs"]}
    return {party: {"shared": len(shared)} for party in ("left", "right")}

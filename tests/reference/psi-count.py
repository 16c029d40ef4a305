"""The outputs that programs/psi-count.moot must have."""


def large(rng):
    """2,000 keys each."""
    keys = rng.sample(range(10**9), 3_400)
    return {"left": {"ours": keys[:2_000]}, "right": {"theirs": keys[1_400:]}}


def outputs(data):
    shared = {str(k) for k in data["left"]["ours"]} & {str(k) for k in data["right"]["theirs"]}
    return {party: {"shared": len(shared)} for party in ("left", "right")}

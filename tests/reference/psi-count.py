"""The outputs that programs/psi-count.moot must have."""


def outputs(data):
    shared = {str(k) for k in data["left"]["ours"]} & {str(k) for k in data["right"]["theirs"]}
    return {party: {"shared": len(shared)} for party in ("left", "right")}

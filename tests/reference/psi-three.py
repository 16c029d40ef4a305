"""The outputs that programs/psi-three.moot must have."""


def large(rng):
    """10,000 keys each."""
    keys = rng.sample(range(10**9), 16_000)
    return {"airline": {"flyer": keys[:10_000]}, "hotel": {"guest": keys[3_000:13_000]}, "bank": {"account": keys[6_000:]}}


def outputs(data):
    others = {str(k) for k in data["hotel"]["guest"]} & {str(k) for k in data["bank"]["account"]}
    hit = [str(k) in others for k in data["airline"]["flyer"]]
    shared = {"shared": sum(hit)}
    return {"airline": {**shared, "hit": hit}, "hotel": shared, "bank": shared}

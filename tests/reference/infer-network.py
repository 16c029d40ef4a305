"""The outputs that programs/infer-network.moot must have, in floating point."""

from linear import columns, dot, rounded, sigmoid

TOLERANCE = {"score": 1e-5}


def large(rng):
    """1,000 applicants, 16 neurons."""

    def some(*dims, size=1.0):
        return [some(*dims[1:], size=size) for _ in range(dims[0])] if dims else round(rng.uniform(-size, size), 4)

    features = {"bank": {"account": some(1000, 4, size=3)}, "bureau": {"history": some(1000, 4, size=3)}}
    return {**features, "vendor": {"w1": some(8, 16), "b1": some(16), "w2": some(16), "b2": some()}}


def outputs(data):
    net, rows = data["vendor"], zip(data["bank"]["account"], data["bureau"]["history"])
    first = columns(net["w1"])
    scores = []
    for account, history in rows:
        hidden = [max(dot(account + history, w) + b, 0) for w, b in zip(first, net["b1"])]
        scores.append(sigmoid(dot(hidden, net["w2"]) + net["b2"]))
    return {"bank": {"score": rounded(scores)}, "bureau": {}, "vendor": {}}

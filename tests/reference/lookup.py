"""The outputs that programs/lookup.moot must have."""


def large(rng):
    """10,000 drugs, 100 wishes."""
    drugs = [f"drug {k}" for k in range(10_000)]
    wishes = rng.sample(drugs, 90) + [f"herb {k}" for k in range(10)]
    facts = [[rng.randrange(10_000), rng.randrange(5_000)] for _ in drugs]
    return {"pharmacy": {"drug": drugs, "facts": facts}, "doctor": {"wish": wishes}}


def outputs(data):
    rows = dict(reversed(list(zip(data["pharmacy"]["drug"], data["pharmacy"]["facts"]))))
    wishes = data["doctor"]["wish"]
    doctor = {"found": [w in rows for w in wishes], "about": [rows.get(w, [0, 0]) for w in wishes]}
    return {"pharmacy": {}, "doctor": doctor}

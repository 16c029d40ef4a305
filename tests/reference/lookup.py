"""The outputs that programs/lookup.moot must have."""


def outputs(data):
    rows = dict(reversed(list(zip(data["pharmacy"]["drug"], data["pharmacy"]["facts"]))))
    wishes = data["doctor"]["wish"]
    doctor = {"found": [w in rows for w in wishes], "about": [rows.get(w, [0, 0]) for w in wishes]}
    return {"pharmacy": {}, "doctor": doctor}

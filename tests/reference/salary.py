"""The outputs that programs/salary.moot must have."""

import fixed


def large(rng):
    """1,000 employees."""
    return {"employee": [{"salary": round(rng.lognormvariate(11, 0.4))} for _ in range(1000)]}


def outputs(data):
    salaries = [e["salary"] for e in data["employee"]]
    average = fixed.to_json(fixed.divide(sum(salaries), len(salaries)))
    return {"employee": [{"average": average} for _ in salaries]}

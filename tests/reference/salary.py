"""The outputs that programs/salary.moot must have."""

import fixed


def outputs(data):
    salaries = [e["salary"] for e in data["employee"]]
    average = fixed.to_json(fixed.divide(sum(salaries), len(salaries)))
    return {"employee": [{"average": average} for _ in salaries]}

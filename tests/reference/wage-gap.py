"""Counts, mean wages and gaps by job category in the clear, cells of fewer than ten people left out."""

JOBS, LEAST = 4, 10
TOLERANCE = {"earnings": 1e-3, "gap": 1e-5}


def large(rng):
    """60 employers with 20 to 3,000 people each."""
    return {"employer": [employer(rng, rng.randint(20, 3000)) for _ in range(60)]}


def employer(rng, size):
    job = [min(int(rng.expovariate(0.9)), 3) for _ in range(size)]
    woman = [rng.random() < 0.45 for _ in range(size)]
    wage = [round(rng.lognormvariate(11.3 - 0.25 * j - 0.1 * w, 0.35)) for j, w in zip(job, woman)]
    return {"wage": wage, "job": job, "woman": woman}


def outputs(data):
    cells = [[[] for _ in range(JOBS)] for _ in "mw"]
    for e in data["employer"]:
        for wage, job, woman in zip(e["wage"], e["job"], e["woman"]):
            cells[woman][job].append(wage)
    told = [[cell if len(cell) >= LEAST else [] for cell in row] for row in cells]
    means = [[sum(cell) / len(cell) if cell else 0 for cell in row] for row in told]
    learned = {
        "people": [[len(cell) for cell in row] for row in told],
        "earnings": [[round(m, 6) for m in row] for row in means],
        "gap": [round(1 - w / m, 6) if m and w else 0 for m, w in zip(*means)],
    }
    return {"employer": [learned for _ in data["employer"]]}

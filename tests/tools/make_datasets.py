#!/usr/bin/env python3
"""Writes the real data of programs/data from what the Debian package python3-sklearn ships.

usage: apt-get download python3-sklearn && dpkg -x python3-sklearn_*.deb sklearn
       make_datasets.py sklearn/usr/lib/python3/dist-packages/sklearn/datasets/data

Each column is told in a unit that clinics could agree upon beforehand, (x - middle) / spread with round numbers.
"""

import csv
import gzip
import json
import sys
from pathlib import Path

DATA = Path(__file__).parent.parent.parent / "programs" / "data"

# The mean of ten measurements of the cells of a biopsy: middle and spread.
CELLS = {
    "radius": (14, 3.5),
    "texture": (19, 4.3),
    "perimeter": (92, 24),
    "area": (650, 350),
    "smoothness": (0.096, 0.014),
    "compactness": (0.1, 0.053),
    "concavity": (0.089, 0.08),
    "concave points": (0.049, 0.039),
    "symmetry": (0.18, 0.027),
    "fractal dimension": (0.063, 0.007),
}
CELL_CLINICS = 3  # of 189 rows; the last two of 569 are left out

PATIENT = {
    "age": (49, 13),
    "sex": (1.5, 0.5),
    "body mass index": (26, 4.4),
    "blood pressure": (95, 14),
    "cholesterol": (190, 35),
    "ldl": (115, 30),
    "hdl": (50, 13),
    "cholesterol / hdl": (4.1, 1.3),
    "log triglycerides": (4.6, 0.52),
    "glucose": (91, 11.5),
}
PROGRESSION = (152, 77)
PATIENT_CLINICS = 2  # of 221 rows


def told(value, unit):
    middle, spread = unit
    return round((float(value) - middle) / spread, 4)


def write(name, rows, clinics):
    """One line a row: {"clinic": [{"x": …, "y": …}, …]}, row k to clinic k mod `clinics`."""
    each = len(rows) // clinics
    parts = [rows[k::clinics][:each] for k in range(clinics)]
    texts = []
    for part in parts:
        x = ",\n".join(json.dumps(x) for x, _ in part)
        texts.append(f'{{"x": [\n{x}\n], "y": {json.dumps([y for _, y in part])}}}')
    (DATA / f"{name}.json").write_text('{"clinic": [\n' + ",\n".join(texts) + "\n]}\n")


def main():
    source = Path(sys.argv[1])
    table = list(csv.reader((source / "breast_cancer.csv").read_text().splitlines()))[1:]
    cells = [([told(v, u) for v, u in zip(row, CELLS.values())], row[-1] == "0") for row in table]  # 0: malignant
    write("breast-cancer", cells, CELL_CLINICS)

    x, y = (gzip.open(source / f"diabetes_{part}.csv.gz", "rt").read().split("\n") for part in ("data_raw", "target"))
    rows = [line.split() for line in x if line]
    patients = [([told(v, u) for v, u in zip(row, PATIENT.values())], told(t, PROGRESSION)) for row, t in zip(rows, y)]
    write("diabetes", patients, PATIENT_CLINICS)


if __name__ == "__main__":
    main()

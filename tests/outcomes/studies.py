"""The open studies, read the slow and obvious way: straight from their CSV files, without registry or freeze."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from outcomes.columns import Category, Column, Columns, NotNumeric

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
STUDIES = ("licorice_gargle_ruetzler2013", "acupuncture_vickers2004", "nhs_proms_2018_19")


def study_folder(name):
    """The study's folder; the test is skipped where the open data are not beside the project."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"the open study data are not beside this project ({name})")
    return folder


def study_plan(name):
    return json.loads((study_folder(name) / "plan.json").read_text("utf-8"))


def study_expected(name):
    return json.loads((study_folder(name) / "expected.json").read_text("utf-8"))


def study_columns(name):
    """One entry per patient of patients.csv, in its order."""
    patients = _rows(study_folder(name) / "patients.csv")
    outcomes = _rows(study_folder(name) / "outcomes_long.csv")
    ids = [patient["patient_id"] for patient in patients]
    value = {(row["patient_id"], row["instrument"], row["timepoint"]): row["value"] for row in outcomes}
    orders = {row["timepoint"]: int(row["timepoint_order"]) for row in outcomes}
    keys = {(row["instrument"], row["timepoint"]): None for row in outcomes}
    return Columns(
        rows=len(ids),
        sites=Category(np.zeros(len(ids), dtype=np.int32), ("north",), np.ones(len(ids), dtype=bool)),
        timepoints=dict(sorted(orders.items(), key=lambda item: item[1])),
        scores={key: Column.of(value.get((patient, *key)) for patient in ids) for key in keys},
        covariates={name: _covariate([row[name] for row in patients]) for name in patients[0] if name != "patient_id"},
    )


def _covariate(texts):
    try:
        return Column.of(texts)
    except NotNumeric:
        return Category.of(texts)


def _rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))

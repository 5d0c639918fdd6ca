"""Small study folders, written for one test each."""

import json
from pathlib import Path

from django.apps import apps
from django.db import connection

PATIENTS = "patient_id,group,age\nA1,nail,60\nA2,nail,71\nA3,screws,\n"
OUTCOMES = """patient_id,timepoint,timepoint_order,day,instrument,value
A1,pre_op,0,0,pain,7
A1,month_1,1,30,pain,3.5
A1,month_1,1,30,grip,21.25
A2,pre_op,0,,pain,6
A2,month_1,1,28,pain,
A2,month_1,1,28,grip,18
"""
SURVIVAL = "patient_id,time,event\nA1,400,0\nA2,93.5,1\n"
ABOUT = {
    "name": "Nails and screws",
    "schedule": [{"code": "pre_op", "kind": "baseline"}, {"code": "month_1", "opens_on_day": 20, "closes_on_day": 40}],
    "instruments": {"grip": {"minimum": 0, "maximum": 60, "step": 0.25, "name": "Grip", "direction": "higher_better"}},
    "missing_codes": {"-9": "refused"},
    "covariates": {"age": {"label": "Age in years"}},
    "survival": {"name": "death", "unit": "days"},
}


def write_folder(
    where: Path, *, patients: str = PATIENTS, outcomes: str = OUTCOMES, survival: str | None = None, about=None
) -> Path:
    """A study folder named hips; `about` is study.json, as an object or as text."""
    folder = where / "hips"
    folder.mkdir(exist_ok=True)
    (folder / "patients.csv").write_text(patients, "utf-8")
    (folder / "outcomes_long.csv").write_text(outcomes, "utf-8")
    if survival is not None:
        (folder / "survival.csv").write_text(survival, "utf-8")
    if about is not None:
        (folder / "study.json").write_text(about if isinstance(about, str) else json.dumps(about), "utf-8")
    return folder


def full_folder(where: Path, **changes) -> Path:
    """A folder with all four files."""
    return write_folder(where, **({"survival": SURVIVAL, "about": ABOUT} | changes))


def row_counts() -> dict[str, int]:
    """How many rows each table has, histories among them."""
    models = [*apps.get_app_config("registry").get_models(), *apps.get_app_config("outcomes").get_models()]
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables))
        return dict(cursor.fetchall())

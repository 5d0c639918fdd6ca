"""The doors of cohorts: the row that each is about, and what is sent."""

from outcomes.cohort_actions import make_cohort
from registry.models import Study

ADULTS = {"procedures": "index", "include": [{"variable": "age", "op": "ge", "value": 18}]}
# name: the row it is about
COHORT_DOORS = {"cohort-new": "", "cohort-preview": "", "cohort-detail": "own cohort", "cohort-edit": "own cohort"}


def cohort_rows(study: Study, by, name: str = "Adults") -> dict:
    """A cohort of a person's own over a study."""
    cohort = make_cohort(name=f"{name} of {study.slug}", description=name, studies=[study], rule=ADULTS, by=by)
    return {"own cohort": cohort}


def cohort_body(rows: dict) -> dict:
    """A cohort of women, over the study of the rows."""
    women = {"include.0.variable": "sex", "include.0.op": "in", "include.0.level.0": "F"}
    return women | {
        f"study.{rows['study'].slug}": "1",
        "version": "1",
        "name": "Women",
        "unit": "patient",
        "do": "save",
    }

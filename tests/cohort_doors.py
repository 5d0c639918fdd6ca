"""The doors of cohorts: what each answers, the row it is about, and what is sent."""

from outcomes.cohort_actions import make_cohort
from registry.models import Study

ADULTS = {"procedures": "index", "include": [{"variable": "age", "op": "ge", "value": 18}]}
READ = {"get": "200 200 200 200 404 404 302", "elsewhere": "404 404 404 404 404 200 302"}
CHANGE = {
    "get": "403 200 200 403 404 404 302",
    "elsewhere": "404 404 404 404 404 403 302",
    "post": "403 302 302 403 404 404 302",
}
MAKE = {"get": "403 200 200 403 403 403 302", "post": "403 302 302 403 403 403 302"}
COUNT = {"get": "405 405 405 405 405 405 302", "post": "403 200 200 403 403 403 302"}
# name: (statuses, the row it is about)
COHORT_DOORS = {
    "cohort-new": (MAKE, ""),
    "cohort-preview": (COUNT, ""),
    "cohort-detail": (READ, "own cohort"),
    "cohort-edit": (CHANGE, "own cohort"),
}


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

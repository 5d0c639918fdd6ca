"""Every door: where it is and what is sent to it, with rows to ask for. How each of the cast is answered there stands
in access_matrix.csv, and nowhere else."""

import json
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.urls import reverse

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.models import Cohort, Plan, Result
from outcomes.own_plans import save_plan
from outcomes.tasks import analyse
from registry.models import Study
from tests.access_matrix import read_matrix
from tests.builders import build_patient, build_procedure, build_study, build_visit, key
from tests.chart_doors import CHART_DOORS, chart_address, chart_body, chart_rows
from tests.cohort_doors import COHORT_DOORS, cohort_body, cohort_rows
from tests.document_doors import DOCUMENT_DOORS, document_rows
from tests.freeze_doors import FREEZE_DOORS, freeze_address, freeze_rows
from tests.people_doors import PEOPLE_DOORS, people_address, people_body, people_rows
from tests.pooling_doors import POOLING_DOORS, pooling_address, pooling_body, pooling_rows
from tests.pull_doors import NAMED_IN, PULL_DOORS, pull_rows
from tests.registry.imports.doors import IMPORT_DOORS, import_body, import_rows
from tests.release_doors import RELEASE_DOORS, release_address, release_body, release_rows
from tests.second_reading_doors import SECOND_READING_DOORS, second_reading_rows
from tests.sharing_doors import SHARING_DOORS, sharing_address, sharing_body, sharing_rows
from tests.trust_doors import TRUST_DOORS, trust_address, trust_rows

PLAN = {"name": "pain", "analyses": [{"id": "pain", "type": "describe_by_timepoint", "instrument": "pain"}]}
# What a new row is called: the other one's name is taken.
NAMED = {"plan-new": "another"}
WHO = ("nurse", "surgeon", "admin", "pool", "nobody", "neighbour", "anonymous")


@dataclass
class Door:
    """The statuses that WHO get in turn: at a row of north or a list, and at a row of south; by each method."""

    get: str
    post: str
    elsewhere: str = ""
    post_elsewhere: str = ""
    put: str = ""
    put_elsewhere: str = ""
    delete: str = ""
    delete_elsewhere: str = ""
    row: str = ""
    sent: str = ""


# What the doors are about that no file of their own tells: name: (the row, what is sent).
OTHER_DOORS = {
    **dict.fromkeys(
        ["home", "livez", "readyz", "trail", "patient-list", "worklist", "rule-catalogue", "cohort-list",
         "reproduction-list", "figures-check", "redcap-api", "api-patient-list", "api-procedure-list",
         "api-score-list", "api-change-list", "api-cohort-list", "api-result-list", "api-rules", "api-plan-schema",
         "api-schema", "api-docs", "api-unknown"], ("", ""),
    ),
    **{f"api-{row}-detail": (row, "") for row in ("patient", "procedure", "visit", "score", "cohort", "job", "result")},
    **dict.fromkeys(["status-grid", "completeness", "completeness-csv"], ("study", "")),
    **dict.fromkeys(["cohort-report", "plan-list"], ("cohort", "")),
    **dict.fromkeys(["result-detail", "result-counts"], ("result", "")),
    **dict.fromkeys(["plan-detail", "plan-report"], ("plan", "")),
    "patient-detail": ("patient", ""),
    "visit-create": ("procedure", "visit"),
    "visit-check": ("procedure", "visit"),
    **dict.fromkeys(["visit-correct", "visit-correct-check", "draft"], ("visit", "correction")),
    "plan-new": ("cohort", "plan"),
    "plan-edit": ("plan", "plan"),
    "reproduction": ("paper", ""),
    "api-visit-list": ("", "new visit"),
    "api-job-list": ("", "request"),
}  # fmt: skip
# name: (the row it is about, the kind of what is sent)
ABOUT = {
    **OTHER_DOORS,
    **IMPORT_DOORS,
    **{name: (row, "people") for name, row in PEOPLE_DOORS.items()},
    **{name: (row, "chart") for name, (row, *_) in CHART_DOORS.items()},
    **{name: (row, "") for name, row in SECOND_READING_DOORS.items()},
    **{name: (row, "trust") for name, (row, *_) in TRUST_DOORS.items()},
    **{name: (row, "cohort") for name, row in COHORT_DOORS.items()},
    **{name: (row, "document") for name, row in DOCUMENT_DOORS.items()},
    **{name: (row, "freeze") for name, (row, *_) in FREEZE_DOORS.items()},
    **{name: (row, "") for name, row in PULL_DOORS.items()},
    **{name: (row, what) for name, (row, _, what) in RELEASE_DOORS.items()},
    **{name: (row, "pooling") for name, row in POOLING_DOORS.items()},
    **{name: (row, "sharing") for name, row in SHARING_DOORS.items()},
}
DOORS = {
    name: Door(**statuses, row=ABOUT[name][0], sent=ABOUT[name][1])
    for name, statuses in read_matrix().items() if name in ABOUT
}  # fmt: skip


class Paper(NamedTuple):
    """A published paper, by the name that its address has."""

    pk: str


# Each site has the demonstration cohort of one paper.
PAPERS = {"north": (Paper("clunk2025"), "clunk-demo"), "south": (Paper("cox2025"), "cox-demo")}


def rows_of(site, slug: str, by) -> dict:
    """A row of each kind at a site, in a study of its own, with an analysis that was done."""
    paper, demonstration = PAPERS[site.code]
    build_study(slug=demonstration, site=site, synthetic=True)
    study = build_study(slug=slug, site=site, description="Words", instruments=("pain", "opioid"))
    patient = build_patient(study=study, site=site)
    procedure = build_procedure(patient=patient, performed_on=date(2024, 3, 1))
    visit = build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3})
    rows = {"study": study, "patient": patient, "procedure": procedure, "visit": visit, "score": visit.scores.get()}
    rows |= chart_rows(patient, by) | import_rows(study, site, by) | second_reading_rows(study, site, by)
    made = analysed(study, by)
    made |= freeze_rows(made["freeze"], by) | cohort_rows(study, by) | release_rows(made["freeze"], by)
    made |= pooling_rows(site, slug, by) | sharing_rows(site, made["freeze"], by)
    made |= pull_rows(visit, by) | people_rows(site, by)
    return rows | made | trust_rows(visit, by) | document_rows(made["job"], by) | {"paper": paper}


def analysed(study, by, plan: dict | None = PLAN) -> dict:
    """The study's cohort, a job on it and the first of its results; without a plan it is the whole overview."""
    cohort = visible_cohorts(by).get(slug=study.slug)
    job = ask_analysis(cohort=cohort, plan=plan, by=by)
    analyse(str(job.pk))
    made = {"plan": save_plan(cohort=cohort, document=plan, by=by)} if plan else {}
    result = Result.objects.select_related("freeze").filter(job=job).first()
    return made | {"cohort": cohort, "job": job, "result": result, "freeze": result.freeze}


ADDRESSES = [(POOLING_DOORS, pooling_address), (SHARING_DOORS, sharing_address), (CHART_DOORS, chart_address),
             (TRUST_DOORS, trust_address), (RELEASE_DOORS, release_address),
             (PEOPLE_DOORS, people_address)]  # fmt: skip
BODIES = {"pooling": pooling_body, "sharing": sharing_body, "chart": chart_body, "people": people_body}


def address(name: str, rows: dict) -> str:
    """Where a door is, at the row that it is about."""
    if name == "api-unknown":
        return "/api/v1/nothing/here/"
    if name in NAMED_IN:
        return reverse(name, args=[NAMED_IN[name]])
    for doors, where in ADDRESSES:
        if name in doors:
            return where(name, rows)
    if name in FREEZE_DOORS and DOORS[name].row:
        return freeze_address(name, rows)
    row = rows.get(DOORS[name].row)
    if row is None:
        return reverse(name)
    if name == "draft":
        return reverse(name, args=["visit", row.pk])
    if name == "document-file":
        return reverse(name, args=[row.pk, "report.pdf"])
    if isinstance(row, Plan):
        return reverse(name, args=[row.cohort.slug, row.slug])
    return reverse(name, args=[row.slug if isinstance(row, Cohort | Study) else row.pk])


def sent(kind: str, rows: dict, name: str = "", door: str = "") -> dict:
    """A body that somebody who may would be taken with."""
    if kind == "request":
        return {"data": {"cohort": rows["cohort"].slug}, "content_type": "application/json"}
    if not kind:
        return {"data": {}}
    if kind.startswith("release"):
        return release_body(door, rows)
    if kind in BODIES:
        return BODIES[kind](door, rows)
    if kind == "cohort":
        return {"data": cohort_body(rows)}
    if kind == "document":
        return {"data": {"profile": "tables"}}
    if kind in ("freeze", "trust"):
        return {"data": (FREEZE_DOORS | TRUST_DOORS)[door][2]}
    if kind == "new visit":
        said = {"procedure": str(rows["procedure"].pk), "timepoint": "m6", "missed": "lost"}
        return {"data": said, "content_type": "application/json"}
    if kind in ("upload", "commit"):
        return import_body(kind, rows)
    if kind == "plan":
        text = json.dumps(rows["plan"].document | {"name": name or rows["plan"].slug})
        return {"data": {"mode": "json", "document": text, "version": "1", "do": "save"}}
    form = {"visited_on": "2024-06-10", "score_pain": "2", "submission_key": str(key())}
    later = {"timepoint": "m3"} if kind == "visit" else {"timepoint": "w6", "window_reason": "late", "version": 1}
    return {"data": form | later | {"reason": "typo"}}

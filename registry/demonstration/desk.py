"""A registry that is being filled: invented patients operated on in the months before the day of loading, so that the
desk shows visits that are due, overdue and unfinished, forms that were begun, and gaps in the screening log."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from registry.actions.chart import save_form
from registry.actions.queries import open_query
from registry.actions.screening import record_case
from registry.addresses import VISIT, Address
from registry.audit import through
from registry.chart import FORMS
from registry.demonstration.load import load_study
from registry.demonstration.rows import (
    SYNTHETIC,
    DemoCovariate,
    DemoEvent,
    DemoPatient,
    DemoProcedure,
    DemoStudy,
    DemoVisit,
    Score,
    days_after,
    death,
    missed,
)
from registry.models import FollowUpVisit, Patient, Procedure, Query, Study, User
from registry.screening import criteria_of

SLUG = "desk-demo"
INSTRUMENTS = ("pain", "rmdq", "odi", "cms", "opioid")
SEEN = {"preop": -4, "m1": 31, "m3": 93, "m6": 184}
FIRST = {"pain": 8, "rmdq": 17, "odi": 58, "cms": 9, "opioid": 1}
LATER = {"preop": 0, "m1": 1, "m3": 2, "m6": 3}
BETTER = {"pain": -2, "rmdq": -4, "odi": -12, "cms": 4, "opioid": 0}


@dataclass(frozen=True)
class Story:
    """One patient: how many days ago, which visits were made, what is missing of them."""

    days_ago: int
    visits: str
    lacks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    died_on_day: int | None = None
    forms: str = ""
    precision: str = "day"


# Windows: m1 day 7 to 60, m3 61 to 136, m6 137 to 273. forms: operation, bone health, cement, vital status;
# a capital is complete, a small letter begun.
STORIES = (
    Story(330, "preop m1 m3 m6", forms="OBCCV"),
    Story(290, "preop m1 m3 m6", refused={"m6": "odi"}, forms="OBCV"),
    Story(265, "preop m1 m3", forms="OBCV"),
    Story(240, "preop m1 m3", forms="OBC"),
    Story(210, "preop m1", forms="OBCC"),
    Story(195, "preop m1 m3", lacks={"m3": ("odi", "cms")}, forms="OBC"),
    Story(170, "preop m1", missed={"m3": "deceased"}, died_on_day=96, forms="OBCV"),
    Story(150, "preop m1 m3", forms="OBC"),
    Story(131, "preop m1", forms="OBC"),
    Story(118, "preop m3", missed={"m1": "refused"}, forms="OB"),
    Story(104, "preop m1 m3", refused={"m3": "rmdq"}, forms="OBC"),
    Story(88, "preop", forms="OBC"),
    Story(71, "preop m1", forms="oBC"),
    Story(57, "preop", forms="OC"),
    Story(44, "preop m1", lacks={"m1": ("opioid",)}, forms="ob"),
    Story(33, "preop", forms="O"),
    Story(19, "preop", forms="o"),
    Story(4, "preop", lacks={"preop": ("odi", "rmdq")}),
    Story(60, "preop", precision="year", forms="O"),
)
QUERIES = (
    ("D-002", "m3", "pain", "The clinic letter of that day says 2 of 10. Which one is right?"),
    ("D-005", "m1", "odi", "Was this filled in before or after the injection of that week?"),
    ("D-011", "preop", "opioid", "The list of drugs of the referral names none. Please look again."),
)
NOT_ENTERED = ((75, "Transferred to another hospital on the day after"), (26, ""), (9, ""))


def study(on: date) -> DemoStudy:
    """The study as it stands on a day."""
    return DemoStudy(
        slug=SLUG,
        name="Sacroplasty registry, being filled (demonstration)",
        site_code="north",
        site_name="North Demonstration Hospital",
        description=f"{SYNTHETIC} Nineteen patients of this year, for the coordinator's worklist.",
        schedule="sacroplasty_registry",
        instruments=INSTRUMENTS,
        arm=None,
        covariates=(DemoCovariate("age", "Age at the procedure (years)", "integer"),),
        patients=tuple(patient(number, story, on) for number, story in enumerate(STORIES, start=1)),
    )


def patient(number: int, story: Story, on: date) -> DemoPatient:
    performed_on = on - timedelta(days=story.days_ago)
    if story.precision == "year":
        performed_on = performed_on.replace(month=1, day=1)
    age = 66 + number * 7 % 24
    return DemoPatient(
        study_number=f"D-{number:03}",
        sex="M" if number % 4 == 0 else "F",
        birth_year=performed_on.year - age,
        covariates={"age": age},
        procedure=DemoProcedure(
            "sacroplasty", performed_on, story.precision, visits(number, story, performed_on),
            events(story, performed_on),
        ),
        times=(),
    )  # fmt: skip


def visits(number: int, story: Story, performed_on: date) -> tuple[DemoVisit, ...]:
    made = []
    for timepoint in SEEN:
        if timepoint in story.missed:
            made.append(missed(timepoint, story.missed[timepoint]))
        elif timepoint in story.visits.split():
            made.append(visit(number, story, timepoint, performed_on))
    return tuple(made)


def visit(number: int, story: Story, timepoint: str, performed_on: date) -> DemoVisit:
    """Seen in the clinic a day or two from the day that was planned; undated where the procedure is."""
    scores = {key: score(number, key, timepoint) for key in INSTRUMENTS if key not in story.lacks.get(timepoint, ())}
    scores |= {key: "refused" for key in INSTRUMENTS if story.refused.get(timepoint) == key}
    how = {"scores": scores, "collection_method": "clinic_prospective"}
    if story.precision != "day":
        return DemoVisit(timepoint, **how)
    return DemoVisit(timepoint, days_after(performed_on, SEEN[timepoint] - number % 3), "day", **how)


def score(number: int, key: str, timepoint: str) -> Score:
    """A value that gets better from visit to visit, and is another one for each patient."""
    steps = LATER[timepoint]
    if key == "opioid":
        return int(number % 3 != 0) if steps == 0 else int(number % 4 == 0)
    wobble = (number * (steps + 2) + len(key)) % 3 - 1
    return max(FIRST[key] + BETTER[key] * steps + wobble, 0)


def events(story: Story, performed_on: date) -> tuple[DemoEvent, ...]:
    return () if story.died_on_day is None else (death(performed_on, story.died_on_day),)


@transaction.atomic
def load_desk(*, on: date, by: User) -> DemoStudy | None:
    """Load the study with its forms and its screening log; None where it is there already."""
    demo = study(on)
    if not load_study(demo, by=by):
        return None
    with through("import"):
        loaded = Study.objects.get(slug=SLUG)
        patients = Patient.objects.filter(study=loaded).order_by("study_number").prefetch_related("procedures")
        for story, row in zip(STORIES, patients, strict=True):
            fill_forms(story, row, row.procedures.all()[0], on, by)
        screen(loaded, list(patients), on, by)
        for number, timepoint, field, text in QUERIES:
            ask(loaded, number, timepoint, field, text, by)
    return demo


def ask(study: Study, number: str, timepoint: str, field: str, text: str, by: User) -> None:
    """A query about a score of a visit."""
    visits = FollowUpVisit.objects.filter(procedure__patient__study=study, timepoint__code=timepoint)
    visit = visits.select_related("procedure__patient").get(procedure__patient__study_number=number)
    address = Address(VISIT, visit.pk, field)
    open_query(address=address, patient=visit.procedure.patient, text=text, category=Query.Category.SOURCE, by=by)


ANSWERS = {
    "o": ("operation", {"sedation": "conscious_sedation", "operative_time_min": "45"}, {}),
    "O": (
        "operation",
        {
            "sedation": "conscious_sedation",
            "operative_time_min": "52",
            "time_definition": "skin_to_skin",
            "icu_admission": "no",
        },
        {"ebl_ml": "not_recorded"},
    ),
    "b": ("bone_health", {"steroid_use": "no"}, {}),
    "B": ("bone_health", {"osteoporosis": "yes", "steroid_use": "no"}, {}),
    "C": ("cement", {"side": "left", "approach": "short_axis", "volume_ml": Decimal("3.5"), "leak": "no"}, {}),
}


def fill_forms(story: Story, patient: Patient, procedure: Procedure, on: date, by: User) -> None:
    """The forms of the chart that somebody has filled, or begun."""
    for letter in story.forms:
        key, values, missing = ANSWERS.get(letter) or vital_status(story, procedure, on)
        form = FORMS[key]
        parent = patient if form.parent == "patient" else procedure
        save_form(form=form, parent=parent, row=None, values=values, missing=missing, by=by)


def vital_status(story: Story, procedure: Procedure, on: date) -> tuple[str, dict, dict]:
    if story.died_on_day is None:
        return "vital_status", {"status": "alive", "last_known_alive_on": on, "lost_to_follow_up": "no"}, {}
    died_on = procedure.performed_on + timedelta(days=story.died_on_day)
    about = {"status": "deceased", "died_on": died_on, "death_cause": "other", "lost_to_follow_up": "no"}
    return "vital_status", about, {}


def screen(study: Study, patients: list[Patient], on: date, by: User) -> None:
    """The screening log: who was entered, who was eligible and was not, and one who was not eligible."""
    criteria = criteria_of(study)
    eligible = {each.code: "yes" if each.kind == "include" else "no" for each in criteria if each.kind != "caution"}
    site = patients[0].site
    log = [(story.days_ago, patient, "", eligible) for story, patient in zip(STORIES, patients, strict=True)]
    log += [(days_ago, None, reason, eligible) for days_ago, reason in NOT_ENTERED]
    log += [(140, None, "", eligible | {"infection": "yes"})]
    for number, (days_ago, patient, reason, answers) in enumerate(sorted(log, key=lambda line: -line[0]), start=1):
        record_case(
            study=study, site=site, log_number=f"S-{number:03}", treated=(on - timedelta(days=days_ago), "day"),
            answers=answers, patient=patient, not_entered_reason=reason, by=by,
        )  # fmt: skip

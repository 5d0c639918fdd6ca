"""How far a form is, as one cell of the status grid: a shape and words, never a colour alone."""

from dataclasses import dataclass
from enum import Enum

from django.urls import reverse
from django.utils.http import urlencode

from registry.chart import Form, is_answered, is_complete
from registry.models import ChartRow, FollowUpVisit, MissingReason, Patient, Procedure, Timepoint
from registry.planned import Fate


class State(Enum):
    """A cell's state: (shape, what the legend says, tone)."""

    COMPLETE = ("●", "complete", "ok")
    INCOMPLETE = ("◐", "incomplete: answered of asked", "warn")
    NEVER = ("○", "never opened", "never")
    DUE = ("◇", "window open, nothing recorded yet", "due")
    CLOSED = ("◆", "window closed, nothing recorded", "closed")
    MISSED = ("✕", "missed, with the reason", "missed")
    UNAVAILABLE = ("⊘", "form not available, with the reason", "missed")
    NOT_DUE = ("·", "window not open yet", "off")
    GONE = ("—", "died or lost before the window opened", "off")
    UNKNOWN = ("◌", "nothing recorded, no window known", "never")
    NOTHING = (" ", "nothing to record, or none recorded", "off")

    def __init__(self, shape: str, meaning: str, tone: str):
        self.shape, self.meaning, self.tone = shape, meaning, tone


@dataclass(frozen=True)
class Cell:
    """A state in words; where it is opened; and its marks: open queries, out of window, verified."""

    state: State
    words: str
    address: str = ""
    queries: int = 0
    outside: bool = False
    verified: bool = False


BY_FATE = {
    Fate.OPEN: (State.DUE, "due"),
    Fate.CLOSED: (State.CLOSED, "no record"),
    Fate.AHEAD: (State.NOT_DUE, "not due"),
    Fate.DIED: (State.GONE, "died"),
    Fate.LOST: (State.GONE, "lost"),
    Fate.UNKNOWN: (State.UNKNOWN, "no record"),
}


def visit_cell(
    procedure: Procedure, timepoint: Timepoint, visits: list[FollowUpVisit], wanted: set, found, may_record: bool
) -> Cell:
    """A planned visit: what is recorded, or why nothing is; it opens where it is recorded or corrected."""
    patient = reverse("patient-detail", args=[procedure.patient_id])
    if not visits:
        state, words = BY_FATE[found.planned[procedure.pk, timepoint.pk]["fate"]]
        code = urlencode({"timepoint": timepoint.code})
        return Cell(state, words, f"{reverse('visit-create', args=[procedure.pk])}?{code}" if may_record else patient)
    visit = visits[0]
    address = reverse("visit-correct", args=[visit.pk]) if may_record else patient
    about = {"queries": sum(found.queries[each.pk] for each in visits), "outside": visit.window == "outside"}
    if visit.missed:
        return Cell(State.MISSED, MissingReason(visit.missed).label.lower(), address, **about)
    answers = found.answers[visit.pk]
    answered = len(wanted & answers.keys())
    values = sum(answers.values())
    about["verified"] = 0 < values <= found.verified[visit.pk]
    if answered < len(wanted):
        return Cell(State.INCOMPLETE, f"{answered} of {len(wanted)}", address, **about)
    return Cell(State.COMPLETE, "complete", address, **about)


def form_cell(form: Form, patient: Patient, filled: list[ChartRow], found) -> Cell:
    """A form of the chart: of one row how far it is, of several how many, and how many are incomplete."""
    address = reverse("chart-form", args=[patient.pk, form.key]) if form.parent != "visit" else ""
    if not filled:
        state = State.NOTHING if form.repeats or not form.required else State.NEVER
        return Cell(state, "none" if state is State.NOTHING else "never opened", address)
    about = {
        "queries": sum(found.queries[row.pk] for row in filled),
        "verified": all(0 < values_in(form, row) <= found.verified[row.pk] for row in filled),
    }
    if form.parent == "visit":
        address = reverse("chart-row", args=[form.key, filled[0].pk])
    begun = [row for row in filled if not is_complete(form, row)]
    if begun and not form.repeats:
        return Cell(State.INCOMPLETE, progress(form, begun[0]), address, **about)
    if begun:
        return Cell(State.INCOMPLETE, f"{len(begun)} of {len(filled)} incomplete", address, **about)
    if not form.repeats and filled[0].unavailable:
        return Cell(State.UNAVAILABLE, filled[0].get_unavailable_display().lower(), address, **about)
    return Cell(State.COMPLETE, f"{len(filled)} complete" if form.repeats else "complete", address, **about)


def progress(form: Form, row: ChartRow) -> str:
    """'3 of 4': of the required fields that are asked, those answered."""
    wanted = form.needed(row)
    return f"{sum(is_answered(row, name) for name in wanted)} of {len(wanted)}"


def values_in(form: Form, row: ChartRow) -> int:
    """How many of a form's fields hold a value."""
    return sum(getattr(row, column.name) not in (None, "", []) for column in form.fields)

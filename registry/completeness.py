"""How complete a study is, in three numbers that are never one: who is in, what is answered, who came back.

Coverage: entered of those eligible in the screening log. Completeness: answered with a value of the values expected.
Follow-up: visits done of those due of patients alive. And each field: accepted, missing with a reason, missing without
one, invalid; the four add up to what was expected. Who had died or was lost, and what was not due yet, is not expected
and stands apart. Completeness counts procedures as the tables of outcomes do, whose n is accepted and invalid together.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet

from registry.asked import asked_instruments, due_at
from registry.chart import FORMS, Form, is_answered
from registry.counted import the_one_that_counts
from registry.models import ChartRow, Instrument, MissingReason, Query, Score, ScreenedCase, Study, Timepoint
from registry.planned import Fate, followed, planned_visits
from registry.rules.catalogue import RULES
from registry.rules.rule import Severity
from registry.unfinished import once_only, rows_of

REFUSED = [code for code, rule in RULES.items() if rule.severity is Severity.REFUSE]
# Not expected, and so not missing.
APART = (MissingReason.DECEASED, MissingReason.LOST, MissingReason.NOT_DUE)
NOT_EXPECTED = {
    Fate.DIED: MissingReason.DECEASED, Fate.LOST: MissingReason.LOST, Fate.AHEAD: MissingReason.NOT_DUE,
    Fate.OPEN: MissingReason.NOT_DUE,
}  # fmt: skip


def percent(many: int, of: int) -> str:
    """'83 %'; 100 and 0 only where it is all or none; a dash where there is nothing to divide by."""
    if not of:
        return "—"
    nearest = (200 * many + of) // (2 * of)
    return f"{nearest if many in (0, of) else min(max(nearest, 1), 99)} %"


@dataclass(frozen=True, order=True)
class Place:
    """A field at a timepoint; one of the chart has no timepoint. `order` is that of the plan."""

    order: int
    timepoint: str
    timepoint_label: str
    form: str
    place: int
    field: str
    label: str


@dataclass(frozen=True)
class Part:
    """Where and when: a site's code, and the year of the procedure (None: not known)."""

    site: str
    year: int | None


@dataclass
class Tally:
    """What became of the values of a field. `apart`: what was not expected, and why."""

    accepted: int = 0
    invalid: int = 0
    unexplained: int = 0
    reasons: Counter = field(default_factory=Counter)
    apart: Counter = field(default_factory=Counter)

    @property
    def with_reason(self) -> int:
        return self.reasons.total()

    @property
    def expected(self) -> int:
        return self.accepted + self.with_reason + self.unexplained + self.invalid

    @property
    def answered(self) -> int:
        return self.accepted + self.invalid

    @property
    def percent(self) -> str:
        return percent(self.answered, self.expected)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.accepted + other.accepted, self.invalid + other.invalid, self.unexplained + other.unexplained,
            self.reasons + other.reasons, self.apart + other.apart,
        )  # fmt: skip

    def value(self, *, is_invalid: bool) -> None:
        self.invalid += is_invalid
        self.accepted += not is_invalid

    def missing(self, reason: str | None) -> None:
        """A value that is not there: without a reason, with one, or not expected."""
        if reason is None:
            self.unexplained += 1
        else:
            (self.apart if reason in APART else self.reasons)[MissingReason(reason)] += 1


@dataclass
class FollowUp:
    """A timepoint's visits. `due`: of patients alive when the window opened, and the window has closed."""

    done: int = 0
    missed: int = 0
    lost: int = 0
    unrecorded: int = 0
    died: int = 0
    not_due: int = 0

    @property
    def due(self) -> int:
        return self.done + self.missed + self.lost + self.unrecorded

    @property
    def percent(self) -> str:
        return percent(self.done, self.due)

    def __add__(self, other: "FollowUp") -> "FollowUp":
        return FollowUp(**{name: getattr(self, name) + getattr(other, name) for name in vars(self)})


@dataclass
class Coverage:
    """The screening log: eligible cases, and those of them who were entered."""

    eligible: int = 0
    entered: int = 0
    undecided: int = 0

    @property
    def percent(self) -> str:
        return percent(self.entered, self.eligible)

    def __add__(self, other: "Coverage") -> "Coverage":
        return Coverage(**{name: getattr(self, name) + getattr(other, name) for name in vars(self)})


@dataclass
class Report:
    """All that is counted of a study at the sites that a reader may see."""

    fields: dict[tuple[Place, Part], Tally] = field(default_factory=lambda: defaultdict(Tally))
    follow_up: dict[tuple[Timepoint, Part], FollowUp] = field(default_factory=lambda: defaultdict(FollowUp))
    coverage: dict[Part, Coverage] = field(default_factory=lambda: defaultdict(Coverage))
    patients: Counter = field(default_factory=Counter)


SLOT = ("pk", "point", "fate", "missed_because", "site_id", "site__code", "performed_on", "closes_on", "closes_day")


def measure(study: Study, user, *, on: date) -> Report:
    """One pass over the planned visits, the scores and the forms of a study."""
    report = Report()
    procedures = followed(user).filter(patient__study=study)
    slots = list(planned_visits(procedures, on=on).values(*SLOT))
    timepoints = {timepoint.pk: timepoint for timepoint in study.schedule.timepoints.all()}
    for slot in slots:
        part = part_of(slot["site__code"], slot["performed_on"])
        count_visit(report.follow_up[timepoints[slot["point"]], part], slot, on)
    count_scores(report, study, procedures, slots, timepoints)
    parts = {
        procedure.pk: (procedure.patient_id, part_of(procedure.site.code, procedure.performed_on))
        for procedure in procedures.select_related("site")
    }
    report.patients.update(part for _, part in parts.values())
    for form in FORMS.values():
        if form.required and form.parent != "visit":
            count_form(report, form, parts, invalid_in(form.key, procedures))
    count_coverage(report, study, user)
    return report


def part_of(site: str, moment: date | None) -> Part:
    return Part(site, moment and moment.year)


def count_visit(tally: FollowUp, slot: dict, on: date) -> None:
    """A planned visit in its follow-up rate; one whose window still is open is not due, whether or not it was done."""
    fate, known = slot["fate"], slot["closes_day"] is not None and slot["closes_on"] is not None
    if fate == Fate.DIED:
        tally.died += 1
    elif fate in (Fate.AHEAD, Fate.OPEN) or (known and slot["closes_on"] >= on):
        tally.not_due += 1
    elif fate == Fate.DONE:
        tally.done += 1
    elif fate == Fate.MISSED:
        tally.missed += 1
    elif fate == Fate.LOST:
        tally.lost += 1
    else:
        tally.unrecorded += 1


def count_scores(report: Report, study: Study, procedures: QuerySet, slots: list[dict], timepoints: dict) -> None:
    """Each instrument that is due at each planned visit: a value, a reason, or neither."""
    there, invalid = counted_scores(procedures), invalid_in("visit", procedures)
    asked = {site: asked_instruments(study, site) for site in {slot["site_id"] for slot in slots}}
    due = {
        (site, pk): [(score_place(timepoint, each, order), each) for order, each in enumerate(due_at(all_, timepoint))]
        for site, all_ in asked.items()
        for pk, timepoint in timepoints.items()
    }
    for slot in slots:
        part = part_of(slot["site__code"], slot["performed_on"])
        for place, instrument in due[slot["site_id"], slot["point"]]:
            tally = report.fields[place, part]
            score = there.get((slot["pk"], slot["point"], instrument.pk))
            if score is not None and score[1] is None:
                tally.value(is_invalid=(score[0], instrument.key) in invalid)
            else:
                tally.missing(score[1] if score else why_none(slot))


def why_none(slot: dict) -> str | None:
    """The reason for all values of a planned visit at which nothing is recorded; None where there is none."""
    return NOT_EXPECTED.get(slot["fate"], slot["missed_because"] if slot["fate"] == Fate.MISSED else None)


def score_place(timepoint: Timepoint, instrument: Instrument, order: int) -> Place:
    return Place(timepoint.order, timepoint.code, timepoint.label, "visit", order, instrument.key, instrument.name)


def counted_scores(procedures: QuerySet) -> dict[tuple, tuple]:
    """(procedure, timepoint, instrument) -> (visit, reason for missing), of the visit that counts."""
    rows = Score.objects.valid().filter(
        visit__error_marked_at=None, visit__timepoint__isnull=False, visit__procedure__in=procedures.values("pk")
    )
    chosen = Score.objects.filter(pk__in=the_one_that_counts(rows)).order_by()
    columns = ("visit__procedure_id", "visit__timepoint_id", "instrument_id", "visit_id", "missing")
    return {tuple(key): (visit, missing) for *key, visit, missing in chosen.values_list(*columns).iterator()}


def invalid_in(form: str, procedures: QuerySet) -> set[tuple]:
    """(row, field) of a form where a rule that refuses has a query that has not ended."""
    unsettled = Query.objects.filter(
        form=form, rule__in=REFUSED, ended_at=None, patient__in=procedures.values("patient")
    )
    return set(unsettled.order_by().values_list("row_id", "field"))


def count_form(report: Report, form: Form, parts: dict, invalid: set) -> None:
    """The required fields of a form that the study uses: of each patient where it is filled once, else of each row."""
    by_parent = defaultdict(list)
    place = {"patient": 0, "procedure": None}[form.parent]
    wanted = {(about[0] if place == 0 else pk): about[1] for pk, about in parts.items()}
    for row in rows_of(form).filter(**{f"{form.parent}__in": list(wanted)}):
        by_parent[getattr(row, f"{form.parent}_id")].append(row)
    if not by_parent:
        return
    for parent, part in wanted.items():
        for row in by_parent[parent] or ([None] if form in once_only() else []):
            count_row(report, form, row, part, invalid)


def count_row(report: Report, form: Form, row: ChartRow | None, part: Part, invalid: set) -> None:
    """The required fields of one row; without a row, those that are asked of everybody."""
    empty = row is None or row.unavailable
    for order, name in enumerate(form.required):
        conditional = name in form.shown_if or name in form.needed_if
        if conditional and (empty or not form.is_needed(name, row)):
            continue
        tally = report.fields[chart_place(form, name, order), part]
        if row is None or (not row.unavailable and not is_answered(row, name)):
            tally.missing(None)
        elif row.unavailable or name in row.missing:
            tally.missing(row.unavailable or row.missing[name])
        else:
            tally.value(is_invalid=(row.pk, name) in invalid)


def chart_place(form: Form, name: str, order: int) -> Place:
    label = str(form.model._meta.get_field(name).verbose_name)
    return Place(1000 + list(FORMS).index(form.key), "", form.title, form.key, order, name, label)


def count_coverage(report: Report, study: Study, user) -> None:
    """The cases of the screening log, by the year of the treatment."""
    cases = ScreenedCase.objects.valid().visible_to(user).filter(study=study).order_by()
    for site, moment, decision, patient in cases.values_list("site__code", "treated_on", "decision", "patient"):
        tally = report.coverage[part_of(site, moment)]
        tally.undecided += decision == ScreenedCase.Decision.PENDING
        tally.eligible += decision == ScreenedCase.Decision.ELIGIBLE
        tally.entered += decision == ScreenedCase.Decision.ELIGIBLE and patient is not None

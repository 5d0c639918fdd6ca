"""All that a patient's page shows, in a fixed number of queries: who it is, each form's state, visits, events."""

from dataclasses import dataclass

from registry.chart import forms_of
from registry.chart_follows import what_follows
from registry.chart_words import FormState, forms_by_parent, states_of, when_words
from registry.derived.follow_up import in_months
from registry.derived.of_chart import counts_for_cox, days_from_index, followed_for, is_significant
from registry.derived.of_rows import age_at_procedure, open_ages
from registry.grid import Grid, visit_grid
from registry.models import Event, FollowUpVisit, Patient, Procedure
from registry.partial_dates import as_typed


@dataclass(frozen=True)
class EventLine:
    """One event of the timeline: when, what, and its grade in words."""

    event: Event
    when: str
    day: int | None
    what: str
    notes: tuple[str, ...]
    form: str = ""


@dataclass(frozen=True)
class ProcedurePart:
    """One procedure of the page: its forms, its visits with theirs, and what happened after it."""

    grid: Grid
    states: list[FormState]
    visit_states: list[tuple[object, list[FormState | None]]]
    complications: list[EventLine]
    secondary: list[EventLine]
    deaths: list[EventLine]
    follows: list[tuple[str, str]]

    @property
    def procedure(self) -> Procedure:
        return self.grid.procedure


@dataclass(frozen=True)
class ChartPage:
    """The page of one patient."""

    facts: list[tuple[str, str]]
    states: list[FormState]
    parts: list[ProcedurePart]
    errors: list[tuple[str, str, object]]

    @property
    def open_forms(self) -> int:
        """How many forms are not answered yet, visits' left out."""
        states = [*self.states, *(state for part in self.parts for state in part.states)]
        return sum(state.code in ("never", "incomplete") for state in states)


def chart_page(patient: Patient) -> ChartPage:
    """Everything that is recorded of a patient, as the page shows it."""
    rows, grids = forms_by_parent(patient), visit_grid(patient)
    states = states_of(patient, forms_of("patient"), rows)
    parts = [part_of(grid, rows) for grid in grids]
    return ChartPage(facts(patient, grids, rows), states, parts, errors_of(patient))


def part_of(grid: Grid, rows: dict) -> ProcedurePart:
    """A procedure with its forms and events."""
    visit_forms = list(forms_of("visit"))
    visits = [column.visit if column.visit and not column.visit.missed else None for column in grid.columns]
    of_visits = [
        (form, [visit and FormState(form, visit, rows.get((form.key, visit.pk), [])) for visit in visits])
        for form in visit_forms
    ]
    lines = [line_of(event, grid.procedure) for event in grid.events]
    kinds = {kind: [line for line in lines if line.event.kind == kind] for kind in Event.Kind.values}
    return ProcedurePart(
        grid=grid, states=states_of(grid.procedure, forms_of("procedure"), rows), visit_states=of_visits,
        complications=kinds["complication"], secondary=kinds["secondary_procedure"], deaths=kinds["death"],
        follows=what_follows(grid, rows) if grid.procedure.is_index else [],
    )  # fmt: skip


def line_of(event: Event, procedure: Procedure) -> EventLine:
    """An event in the words of its kind."""
    what, notes = event.get_kind_display(), []
    if event.kind == Event.Kind.COMPLICATION:
        what = event.get_complication_display() or event.description or "Complication"
        notes = of_complication(event)
    elif event.kind == Event.Kind.SECONDARY_PROCEDURE:
        what = event.get_secondary_display() or event.description or "Secondary procedure"
        notes = [event.get_reason_display(), "counts for Cox's rate" if counts_for_cox(event) else ""]
    said = event.description if event.description != what else ""
    form = "" if event.kind == Event.Kind.DEATH else event.kind
    when = when_words(event.happened_on, event.happened_precision) or "date not known"
    words = tuple(note for note in (*notes, said) if note)
    return EventLine(event, when, days_from_index(event, procedure), what, words, form)


def of_complication(event: Event) -> list[str]:
    """Grade, attribution and what else decides."""
    suffix = "d" if event.lasting_disability else ""
    return [
        f"Clavien-Dindo {event.clavien_dindo}{suffix}" if event.clavien_dindo else "no grade",
        f"related: {event.get_related_display().lower()}" if event.related else "",
        "during the operation" if event.intraoperative else "",
        "significant" if is_significant(event) else "",
        f"resolved {when_words(event.resolved_on, event.resolved_precision)}" if event.resolved_on else "",
    ]


def facts(patient: Patient, grids: list[Grid], rows: dict) -> list[tuple[str, str]]:
    """(what, value) in the head of the page."""
    index = next((grid.procedure for grid in grids if grid.procedure.is_index), None)
    events = [event for grid in grids for event in grid.events]
    vital = next(iter(rows.get(("vital_status", patient.pk), [])), None)
    found = [
        ("Site", patient.site.name),
        ("Sex", patient.get_sex_display() or "not said"),
        ("Born", as_typed(patient.born_on, patient.born_precision) or "not said"),
    ]
    if index is not None:
        index.patient = patient
        age = age_at_procedure(index)
        found.append(("Age at index", "not known" if age is None else f"{age} years{open_ages(index)}"))
    found.append(("Vital status", vital_words(vital, events)))
    visits = [column.visit for grid in grids for column in grid.columns if column.visit]
    days = followed_for(index, vital, events, visits) if index else None
    if days is not None:
        found.append(("Follow-up", f"{days} days ({in_months(days):.1f} months)"))
    return found


def vital_words(vital, events: list[Event]) -> str:
    """'deceased 3 May 2024', 'alive on 2024-05', 'not recorded'."""
    death = next((event for event in events if event.kind == Event.Kind.DEATH), None)
    if vital is None or not vital.status:
        if death is None:
            return "not recorded"
        return f"deceased {when_words(death.happened_on, death.happened_precision)}".strip()
    if vital.status == "deceased":
        return f"deceased {when_words(vital.died_on, vital.died_precision)}".strip()
    since = when_words(vital.last_known_alive_on, vital.last_known_alive_precision)
    return f"{vital.get_status_display().lower()}{f' on {since}' if since else ''}"


def errors_of(patient: Patient) -> list[tuple[str, str, object]]:
    """(what, address name, row) of procedures and visits that were entered in error."""
    visits = FollowUpVisit.objects.filter(procedure__patient=patient).exclude(error_marked_at=None)
    procedures = patient.procedures.exclude(error_marked_at=None)
    return [
        *[(f"{row.get_kind_display()} {when_words(row.performed_on, row.performed_precision)}", "procedure-error", row)
          for row in procedures],
        *[(f"Visit: {row.timepoint or 'unscheduled'} {when_words(row.visited_on, row.visited_precision)}",
           "visit-error", row) for row in visits.select_related("timepoint")],
    ]  # fmt: skip

"""A patient's whole record with the planned rows in their places, as the rules read it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from registry.chart import FORMS
from registry.imports.cells import NUMBER, number_of
from registry.imports.planned import PatientPlan, RowPlan, score_value
from registry.imports.recorded import Held
from registry.imports.said import Place
from registry.imports.targets import Targets
from registry.rules import PatientRecord, ProcedureRecord, VisitRecord, scores_of

HeldRows = Iterable[tuple[Place, Held]]


def patient_record(plan: PatientPlan, held: HeldRows, targets: Targets, *, today: date, items: dict) -> PatientRecord:
    """What is recorded of a patient (`held`) and what is planned, together."""
    planned = {id(row.held): row for row in plan.rows if not row.is_new}
    held, visits, forms = list(held), {}, defaultdict(lambda: defaultdict(list))
    for place, each in {id(each): (place, each) for place, each in reversed(held)}.values():
        if place.form == "visit":
            visits[place.at] = visit_record(each, planned.get(id(each)), targets)
        elif place.form in FORMS:
            row = planned[id(each)].made if id(each) in planned else each.row
            forms[FORMS[place.form].parent, place.at][place.form].append(row)
    for row in plan.rows:
        if row.is_new and row.place.form == "visit":
            visits[row.place.at] = VisitRecord(row.made, *scores_of(row.made))
        elif row.is_new and row.place.form in FORMS:
            forms[FORMS[row.place.form].parent, row.place.at][row.place.form].append(row.made)
    for at, visit in visits.items():
        visit.forms = forms["visit", at]
    procedure = ProcedureRecord(plan.procedure, forms["procedure", ""], list(visits.values()))
    numbers = numbers_of(plan, held)
    return PatientRecord(plan.patient, [procedure], forms["patient", ""], numbers, today, items)


def visit_record(held: Held, planned: RowPlan | None, targets: Targets) -> VisitRecord:
    """A recorded visit, or the one that it will be."""
    if planned is not None:
        return VisitRecord(planned.made, *scores_of(planned.made))
    scores = {key: score_value(held.values[key]) for key in held.parts}
    return VisitRecord(held.row, scores, {key: targets.instruments[key] for key in scores})


def numbers_of(plan: PatientPlan, held: HeldRows) -> dict[str, Decimal]:
    """The attributes that are numbers, the planned ones before the recorded ones."""
    texts = dict(next((each.values for place, each in held if place.form == "covariate"), {}))
    for row in plan.of("covariate"):
        texts |= row.values()
    return {name: number_of(text) for name, text in texts.items() if NUMBER.match(text)}

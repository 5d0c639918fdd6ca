"""Whether a change may be made: the rules of the whole record, asked before the row is written.

An action that changes a row of the record asks first, writes, and then keeps the reasons that were given:

    warnings = refuse_findings([Change("operation", row)], overrides=overrides)
    row.save()
    keep_overrides(warnings, overrides, by=by)

`row` is the row as it is meant to be, unsaved or saved, with its parent (row.patient, row.procedure or row.visit) set;
one that is marked as an error is looked at as if it were gone. `overrides` is {rule code: why the value is right}; None
stops at no warning: an import counts them, and the nightly check turns them into queries.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db.models import Model

from registry.actions.queries import waive_at_entry
from registry.chart import FORMS
from registry.errors import Problem, Refused
from registry.models import ChartRow, Instrument, MissingReason, Patient, User
from registry.rules import Finding, PatientRecord, Severity, findings_for
from registry.rules.loading import Definitions, load_records
from registry.rules.record import record_with

# The database answers it in the same breath as the write, so that a double click is told from a taken place.
LEFT_TO_THE_DATABASE = frozenset({"V7"})
LONGEST_REASON = 300


@dataclass(frozen=True)
class Change:
    """A row as it is meant to be. `scores` of a visit: Instrument to value or reason, all that it will hold."""

    form: str
    row: Model
    scores: Mapping[Instrument, Decimal | MissingReason] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, UUID]:
        return self.form, self.row.pk

    @property
    def patient_id(self) -> UUID:
        """Whose record it changes."""
        if isinstance(self.row, ChartRow):
            return self.row.patient_row.pk
        if self.form == "visit":
            return self.row.procedure.patient_id
        return self.row.patient_id if self.form == "procedure" else self.row.pk

    def put(self, record: PatientRecord) -> None:
        """Put the row where it belongs."""
        values = {instrument.key: value for instrument, value in self.scores.items()}
        instruments = {instrument.key: instrument for instrument in self.scores}
        record_with(record, self.form, self.row, values, instruments)


class Warned(NamedTuple):
    """A finding, and whose record it is of."""

    finding: Finding
    patient: Patient

    @property
    def place(self) -> tuple[str, UUID]:
        return self.finding.address.form, self.finding.address.row_id


def refuse_findings(
    changes: Iterable[Change],
    *,
    overrides: Mapping[str, str] | None = None,
    items: Mapping[UUID, int] | None = None,
    say: Callable[[Finding, bool], Problem] | None = None,
    further: Iterable[Problem] = (),
) -> list[Warned]:
    """Refused where a change breaks a rule, or makes a warning that `overrides` gives no reason for.

    Returns the new warnings. What another form may yet mend stops nobody: the nightly check asks for it. `items` as
    item_counts gives it, where instruments of a visit may not be in the record yet; `say` puts a finding (and whether
    it stands in a row of the changes) in the words of the caller's form or file; `further` are problems that the caller
    found itself.
    """
    changes = list(changes)
    places = {change.place for change in changes}
    findings = new_findings(changes, compare=overrides is not None, items=items or {})
    problems = [*further]
    for found, _ in findings:
        if stops(found, overrides):
            problems.append((say or problem_of)(found, (found.address.form, found.address.row_id) in places))
    if problems:
        raise Refused(problems)
    return [each for each in findings if each.finding.rule.severity is Severity.WARN]


def new_findings(changes: list[Change], *, compare: bool, items: Mapping[UUID, int]) -> list[Warned]:
    """What the changes break; a warning that stood before them is not new, where `compare`."""
    by_patient: dict[UUID, list[Change]] = defaultdict(list)
    for change in changes:
        by_patient[change.patient_id].append(change)
    definitions = Definitions()
    definitions.items |= items
    order = {change.place: place for place, change in enumerate(changes)}
    findings: list[Warned] = []
    for record in load_records(by_patient, definitions=definitions):
        found = findings_of(record, by_patient[record.patient.pk], compare=compare)
        findings += [Warned(each, record.patient) for each in found]
    return sorted(findings, key=lambda each: order.get(each.place, len(order)))


def findings_of(record: PatientRecord, changes: list[Change], *, compare: bool) -> list[Finding]:
    """What some changes of one record break."""
    touching = {change.place for change in changes}
    before = {found.identity for found in findings_for(record, touching=touching)} if compare else set()
    for change in changes:
        change.put(record)
    return [
        found
        for found in findings_for(record, touching=touching)
        if not found.awaits
        and found.rule.code not in LEFT_TO_THE_DATABASE
        and (found.rule.severity is Severity.REFUSE or found.identity not in before)
    ]


def stops(found: Finding, overrides: Mapping[str, str] | None) -> bool:
    """Whether a finding forbids the change."""
    if found.rule.severity is Severity.REFUSE:
        return True
    return overrides is not None and not 0 < len(overrides.get(found.rule.code, "").strip()) <= LONGEST_REASON


def problem_of(found: Finding, here: bool = True) -> Problem:
    """A finding as forms and the API say it; of another row than those that are changed it has no field."""
    return Problem(
        rule=found.rule.code, field=found.address.field if here else "", value=found.value, message=found.message,
        where=where_of(found), warning=found.rule.severity is Severity.WARN,
    )  # fmt: skip


def where_of(found: Finding) -> str:
    """The form in which a finding stands, as its title says."""
    form = FORMS.get(found.address.form)
    return form.title if form else found.address.form.replace("_", " ").capitalize()


def keep_overrides(warnings: Iterable[Warned], overrides: Mapping[str, str] | None, *, by: User) -> None:
    """Keep the reasons that were given for warnings, each as a query that is waived; after the rows are written."""
    for finding, patient in warnings if overrides else ():
        waive_at_entry(finding=finding, patient=patient, reason=overrides[finding.rule.code], by=by)

"""What a rule is, and what it finds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db.models import Model

from registry.addresses import Address
from registry.rules.numbers import plain
from registry.rules.record import HasForms, PatientRecord, ProcedureRecord, VisitRecord

# A death is no form of its own: its row is found among the other events.
ADDRESSED_AS = {"death": "complication"}


class Severity(StrEnum):
    """What a finding means at entry: it is refused, or it is kept once somebody has said why."""

    REFUSE = "refuse"
    WARN = "warn"


Rows = tuple[tuple[str, UUID], ...]


class Said(NamedTuple):
    """What is wrong with a row: the field, the values that do not fit, and what to do, in words.

    `beside`: the other rows that were looked at. `awaits`: another form may yet mend it, so it does not stop the entry
    of this one.
    """

    field: str
    value: str
    message: str
    beside: Rows = ()
    awaits: bool = False


class Found(NamedTuple):
    """The same with its place in the record."""

    address: Address
    value: str
    message: str
    beside: Rows = ()
    awaits: bool = False


@dataclass(frozen=True)
class Finding:
    """A broken rule at its place in the record."""

    rule: "Rule"
    address: Address
    value: str
    message: str
    beside: Rows = ()
    awaits: bool = False

    @property
    def identity(self) -> tuple[str, Address, str]:
        """A finding with another value is another finding."""
        return self.rule.code, self.address, self.value

    def touches(self, rows: set[tuple[str, UUID]]) -> bool:
        """Whether one of the rows has a part in it."""
        return (self.address.form, self.address.row_id) in rows or not rows.isdisjoint(self.beside)


Check = Callable[[PatientRecord], Iterable[Found]]


@dataclass(frozen=True)
class Rule:
    """One rule of the record. `check` None: `held_by` says which part of the program keeps it.

    evidence: S stated in the papers, V confirmed elsewhere, K professional knowledge, P a proposal of this registry.
    constraints: the database's own, by name. awaits: all that it finds is something another form may yet bring.
    """

    code: str
    severity: Severity
    forms: tuple[str, ...]
    fields: tuple[str, ...]
    wording: str
    evidence: str
    check: Check | None = None
    held_by: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    awaits: bool = False

    @property
    def enforced(self) -> tuple[str, ...]:
        """Where it is kept, in words."""
        kept = tuple(f"database: {name}" for name in self.constraints)
        if self.check is None:
            return (*self.held_by, *kept)
        if self.awaits:
            return ("nightly check", *kept)
        at_entry = ("form", "API", "import") if self.severity is Severity.REFUSE else ("form (reason)", "API (reason)")
        return (*at_entry, "nightly check", *kept)

    def findings(self, record: PatientRecord) -> Iterator[Finding]:
        """What it finds in a record."""
        for address, *said in self.check(record):
            form = ADDRESSED_AS.get(address.form)
            yield Finding(self, replace(address, form=form) if form else address, *said)


def beside(*visits: VisitRecord) -> Rows:
    """Visits among the rows that a check looked at."""
    return tuple(("visit", visit.visit.pk) for visit in visits)


def together(visit: VisitRecord, *keys: str) -> str:
    """The scores that do not fit each other, as 'fms 5, ecog 0'."""
    return ", ".join(f"{key} {plain(visit.numbers[key])}" for key in keys)


def rule(severity: Severity, code: str, **said) -> Callable[[Check], Rule]:
    """Decorates a check of a PatientRecord: it becomes the rule."""

    def made(check: Check) -> Rule:
        return Rule(code=code, severity=severity, check=check, **said)

    return made


refuses = partial(rule, Severity.REFUSE)
warns = partial(rule, Severity.WARN)


def of_each_visit(check: Callable[[VisitRecord], Iterable[Said]]) -> Check:
    """A check of one visit, made one of the record."""

    def of_record(record: PatientRecord) -> Iterator[Found]:
        for visit in record.visits:
            for field, *said in check(visit):
                yield Found(Address("visit", visit.visit.pk, field), *said)

    return of_record


def of_each_procedure(check: Callable[[ProcedureRecord], Iterable[Found]]) -> Check:
    """A check of one procedure with all that belongs to it, made one of the record."""

    def of_record(record: PatientRecord) -> Iterator[Found]:
        for procedure in record.procedures:
            yield from check(procedure)

    return of_record


def of_each(form: str) -> Callable[[Callable[[Model, HasForms], Iterable[Said]]], Check]:
    """Decorates a check of one row of a form, and of the patient, procedure or visit it hangs on."""

    def made(check: Callable[[Model, HasForms], Iterable[Said]]) -> Check:
        def of_record(record: PatientRecord) -> Iterator[Found]:
            for place in record.places:
                for row in place.forms.get(form, ()):
                    for field, *said in check(row, place):
                        yield Found(Address(form, row.pk, field), *said)

        return of_record

    return made

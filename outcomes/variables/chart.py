"""The chart of one procedure as variables are derived from it, and how its lists answer yes, no and unknown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from registry.derived.certainty import any_of
from registry.derived.of_chart import death_of, followed_for, when
from registry.derived.spans import Span

Row = Any  # a row of a form: its columns are attributes
Value = str | int | object | None


@dataclass(eq=False, kw_only=True)
class Chart:
    """What is recorded of one procedure: valid rows of its own forms, of its patient's, of its visits' forms.

    rows: form -> its rows that hold answers. nothing: the forms of which somebody said that there is nothing to fill
    in. visits: those of the procedure that took place; contacts: those of its patient. on_opioid: visit -> whether any
    opioid is in use at it.
    """

    procedure: Row
    rows: dict[str, list[Row]] = field(default_factory=dict)
    nothing: set[str] = field(default_factory=set)
    visits: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    on_opioid: dict = field(default_factory=dict)

    def all(self, form: str) -> Sequence[Row]:
        return self.rows.get(form, ())

    def one(self, form: str) -> Row | None:
        """The row of a form that is filled once."""
        return next(iter(self.all(form)), None)

    def any(self, form: str, test: Callable[[Row], bool | None] = lambda row: True) -> bool | None:
        """Whether a row of a list passes the test. A list that is filled in names all there is; without a row it is no
        only where somebody said that there is nothing to fill in. A test that is not decided is not known."""
        rows = self.all(form)
        return any_of(map(test, rows)) if rows else (False if form in self.nothing else None)

    @cached_property
    def vital(self) -> Row | None:
        return self.one("vital_status")

    @cached_property
    def events(self) -> list[Row]:
        return [*self.all("complication"), *self.all("secondary_procedure"), *self.all("death")]

    @cached_property
    def death(self) -> Span | None:
        """The day of death, as far as it is known."""
        return death_of(self.vital, self.all("death"))

    @cached_property
    def has_died(self) -> bool | None:
        """True, False, or None where nobody says; a patient is not taken for alive because no death is recorded."""
        status = self.vital.status if self.vital else ""
        if status == "deceased" or self.all("death"):
            return True
        return False if status == "alive" else None

    @cached_property
    def followed(self) -> int | None:
        """Days to death or last contact."""
        return followed_for(self.procedure, self.vital, self.all("death"), self.contacts)

    @cached_property
    def reviewed(self) -> bool:
        """Whether events were looked for through the whole follow-up, so that none found is none."""
        through = when(self.vital, "reviewed_through") if self.vital else None
        ends = self.death or self.last_contact
        return through is not None and ends is not None and through.before(ends) is False

    @cached_property
    def last_contact(self) -> Span | None:
        alive = when(self.vital, "last_known_alive") if self.vital else None
        contacts = [alive, *(when(visit, "visited") for visit in self.contacts)]
        return max(filter(None, contacts), key=lambda span: (span.first, span.last), default=None)

    def happened(self, form: str, test: Callable[[Row], bool | None] = lambda row: True) -> bool | None:
        """Whether an event of a kind happened: no only where the whole follow-up was reviewed, or nothing to fill in
        was said; other events that are recorded say nothing of this kind."""
        found = any_of(map(test, self.all(form)))
        if found is False and not (self.reviewed or form in self.nothing):
            return None
        return found


def agreed(values: Iterable) -> Value:
    """The one value that all rows have; `several` where they differ; None where one is not known, or there is none."""
    values = [value if value != "" else None for value in values]
    known = {value for value in values if value is not None}
    if len(known) > 1:
        return "several"
    return next(iter(known)) if known and None not in values else None


def highest(values: Iterable[int | None]) -> int | None:
    """The highest of those that are known."""
    return max((value for value in values if value is not None), default=None)


def answered(value: object) -> bool | None:
    """An answer of yes or no, None where there is none."""
    return value if isinstance(value, bool) else None

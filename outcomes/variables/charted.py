"""Charts as the columns of a freeze: one value a procedure, a column only where somebody has one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pyarrow as pa

from outcomes.columns import Column
from outcomes.variables import events, follow_up, fractures
from outcomes.variables.answers import OF_A_FRACTURE, OF_FORMS, Answer
from outcomes.variables.catalogue import SUBJECTS, catalogue, of_fractures
from outcomes.variables.chart import Chart, Row
from outcomes.variables.papers import PAPERS
from outcomes.variables.variable import CATEGORY, NUMBER, Variable

Values = Column | pa.Array
# One yes or no for each code of a list: a column only where somebody says yes, or the cohort's rule asks for it.
OF_LISTS = frozenset(
    [answer.variable.name for form in OF_FORMS.values() for answer in form if answer.code] + list(fractures.BY_CODE)
)
# What is known of those who had it, and of the others only where somebody looked.
HAPPENED = frozenset(
    each.name for each in events.VARIABLES if each.kind == CATEGORY and each.name != "clavien_dindo"
) | {"vital_status"}


@dataclass(frozen=True, kw_only=True)
class Charted:
    """What the chart says of each procedure: columns by name, and (days, ended in the event) by time to an event."""

    columns: Mapping[str, Values] = field(default_factory=dict)
    times: Mapping[str, tuple[Column, Column]] = field(default_factory=dict)


def charted(charts: Sequence[Chart] | None, preset: str | None, asked: Collection[str] = ()) -> Charted:
    """The columns of the charts, grouped as the preset's paper does. asked: columns of lists that are wanted anyway."""
    if charts is None:
        return Charted()
    values = [values_of(chart, preset) for chart in charts]
    found = columns_of(values, catalogue(preset))
    kept = {name: column for name, column in found.items() if name in asked or is_told(name, column)}
    return Charted(columns=kept, times=times_of(charts, preset))


def is_told(name: str, column: Values) -> bool:
    """Whether a column tells something: a code of a list somebody has it; an event somebody is known to be without it,
    for where only those who had it are known it would seem to be everybody."""
    if name in OF_LISTS:
        return "yes" in column.unique().to_pylist()
    if name in HAPPENED and column.null_count:
        return bool({"no", "alive"} & set(column.unique().to_pylist()))
    return True


def values_of(chart: Chart, preset: str | None) -> dict:
    """Every variable that one chart decides."""
    found: dict = {}
    for form, answers in OF_FORMS.items():
        row = chart.one(form)
        if row is not None:
            found.update(read(answers, row))
    for subject in SUBJECTS:
        found.update(subject.of(chart))
    if preset in PAPERS:
        found.update(PAPERS[preset].of(chart, found))
    return found


def read(answers: Iterable[Answer], row: Row) -> dict:
    return {answer.variable.name: answer.of(row) for answer in answers}


def of_fractures_of(rows: Sequence[Row]) -> dict[str, Values]:
    """The fractures' own answers, one value a fracture, in place of what a patient's say together."""
    return columns_of([read(OF_A_FRACTURE, row) for row in rows], of_fractures())


def columns_of(values: Sequence[Mapping], variables: Mapping[str, Variable]) -> dict[str, Values]:
    """One column a variable of which anybody has a value."""
    found = {}
    for name, variable in variables.items():
        said = [each.get(name) for each in values]
        if any(value is not None for value in said):
            found[name] = numbers(said) if variable.kind == NUMBER else texts(said)
    return found


def texts(said: Sequence[str | bool | None]) -> pa.Array:
    words = {True: "yes", False: "no"}
    return pa.array([words[each] if isinstance(each, bool) else each for each in said], type=pa.string())


def numbers(said: Sequence[int | Decimal | None]) -> Column:
    """Whole numbers scaled by as few decimals as they need."""
    exact = [None if each is None else Decimal(each).normalize() for each in said]
    decimals = max((max(0, -each.as_tuple().exponent) for each in exact if each is not None), default=0)
    scaled = [0 if each is None else int(each.scaleb(decimals)) for each in exact]
    return Column(np.array(scaled, dtype=np.int64), np.array([each is not None for each in said], dtype=bool), decimals)


def times_of(charts: Sequence[Chart], preset: str | None) -> dict[str, tuple[Column, Column]]:
    """Times to events, where the chart tells at all who lives, and of somebody that a time ended without the event: a
    curve of those alone who had it would tell nothing."""
    if all(chart.has_died is None for chart in charts):
        return {}
    for_pain = preset in PAPERS and PAPERS[preset].for_pain
    told_of = {
        follow_up.SURVIVAL: [follow_up.survival(chart) for chart in charts],
        follow_up.SECONDARY: [follow_up.to_secondary_procedure(chart, for_pain=for_pain) for chart in charts],
    }
    found = {}
    for name, told in told_of.items():
        if any(pair and not pair[1] for pair in told) or (all(told) and told):
            found[name] = tuple(numbers([pair and int(pair[part]) for pair in told]) for part in (0, 1))
    return found

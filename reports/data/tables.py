"""A freeze as tidy tables and one wide table, in the words of the dictionary. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outcomes.freeze import SEPARATOR, Frozen
from reports.data import dictionary
from reports.data.columns import Described, identity, numbers, once, patients_of, told, type_of, values
from reports.data.names import instruments_in_order, timepoints_in_order
from reports.data.variables import CODE, NUMBER, TEXT, Table, Variable

KEY = ("id", "site", "study")
NO_ROWS = np.zeros((2, 0), dtype=np.int64)
PATIENT = Variable(name="patient", label="Patient", kind=TEXT, source=dictionary.RECORDED)


def every_table(frozen: Frozen) -> list[Table]:
    """The tidy tables and the wide one."""
    makers = (patients, procedures, visits, scores, survival, instruments, timepoints, wide)
    return [make(frozen) for make in makers]


def table(name: str, title: str, key: tuple[str, ...], columns: Sequence[Described]) -> Table:
    """A table of these variables and their columns."""
    variables = tuple(variable for variable, _ in columns)
    rows = pa.table([column for _, column in columns], names=[variable.name for variable in variables])
    return Table(name=name, title=title, key=key, variables=variables, rows=rows)


def count(name: str, label: str) -> Variable:
    return Variable(name=name, label=label, kind=NUMBER, minimum="0", source="counted")


def code(name: str, label: str, labels: Mapping[str, str] | None = None) -> Variable:
    return Variable(name=name, label=label, kind=CODE, labels=labels or {}, source=dictionary.RECORDED)


def patients(frozen: Frozen) -> Table:
    """One row a patient: what is typed once, and stands in one of the patient's rows."""
    columns = [(PATIENT, patients_of(frozen)), *identity(frozen)[1:], *covariates(frozen, of_the_patient=True)]
    made = table("patients", "One row a patient", ("patient", *KEY[1:]), columns)
    return replace(made, rows=once(made.rows, len(made.key)))


def procedures(frozen: Frozen) -> Table:
    """One row a unit of analysis: what belongs to the procedure."""
    number = count("number", "Running number within the patient")
    columns = [
        *identity(frozen), (PATIENT, patients_of(frozen)), (number, numbers(frozen)),
        *covariates(frozen, of_the_patient=False),
    ]  # fmt: skip
    return table("procedures", f"One row a {frozen.manifest['unit']}", KEY, columns)


def covariates(frozen: Frozen, *, of_the_patient: bool) -> list[Described]:
    """The covariates that are typed once a patient, or the others."""
    found = []
    for name, about in sorted(frozen.manifest["covariates"].items()):
        if dictionary.is_of_the_patient(name, about) == of_the_patient:
            variable = dictionary.covariate(name, about)
            found.append((variable, values(frozen.procedures, name, variable)))
    return found


def scores(frozen: Frozen) -> Table:
    """One row a score, or a reason why there is none; where nothing was recorded, there is no row."""
    manifest, places = frozen.manifest, in_order(frozen.manifest)
    at, found, why = [NO_ROWS], [pa.array([], pa.float64())], [pa.array([], pa.string())]
    for place, (point, key) in enumerate(places):
        value, reason = score_columns(frozen, key, point)
        rows = np.flatnonzero(pc.or_(value.is_valid(), reason.is_valid()).to_numpy(zero_copy_only=False))
        at.append(np.stack([rows, np.full(len(rows), place)]))
        found.append(value.take(pa.array(rows)).cast(pa.float64()))
        why.append(reason.take(pa.array(rows)))
    where = np.concatenate(at, axis=1)
    columns = [
        *((variable, column.take(pa.array(where[0]))) for variable, column in identity(frozen)),
        (code("timepoint", "Timepoint", dictionary.timepoint_labels(manifest)), named(places, 0, where[1])),
        (code("instrument", "Instrument", dictionary.instrument_labels(manifest)), named(places, 1, where[1])),
        (dictionary.any_score(manifest), pa.concat_arrays(found)),
        (dictionary.reason("missing", "the value"), pa.concat_arrays(why)),
    ]
    order = pa.array(np.lexsort(where[::-1]))
    ordered = [(variable, column.take(order)) for variable, column in columns]
    return table(
        "scores", "One row a score, or the reason why there is none", (*KEY, "timepoint", "instrument"), ordered
    )


def in_order(manifest: Mapping) -> list[tuple[str, str]]:
    """Every (timepoint, instrument), in order."""
    return [(point, key) for point in timepoints_in_order(manifest) for key in instruments_in_order(manifest)]


def named(places: Sequence[tuple[str, str]], part: int, numbers: np.ndarray) -> pa.Array:
    """One part of the places with these numbers."""
    return pa.array([place[part] for place in places], pa.string()).take(pa.array(numbers))


def score_columns(frozen: Frozen, instrument: str, timepoint: str) -> Described:
    """The values and the reasons of an instrument at one timepoint."""
    variable = dictionary.score(frozen.manifest, instrument, timepoint, "value", "missing")
    name = SEPARATOR.join((instrument, timepoint))
    reason = dictionary.reason("missing", "")
    return values(frozen.scores, name, variable), values(frozen.scores, f"{name}{SEPARATOR}missing", reason)


def visits(frozen: Frozen) -> Table:
    """One row a unit and timepoint: how many scores, and why there is none where one reason stands for all."""
    points, rows = timepoints_in_order(frozen.manifest), frozen.procedures.num_rows
    counts, why = zip(*(visit(frozen, point) for point in points), strict=True) if points else ((), ())
    whose = pa.array(np.repeat(np.arange(rows), len(points)))
    columns = [
        *((variable, column.take(whose)) for variable, column in identity(frozen)),
        (code("timepoint", "Timepoint", dictionary.timepoint_labels(frozen.manifest)),
         pa.array(points * rows, pa.string())),
        (count("scores", "How many scores have a value"), interleaved(counts, rows, pa.int64())),
        (dictionary.reason("missing", "the visit, where one reason stands for every score"),
         interleaved(why, rows, pa.string())),
    ]  # fmt: skip
    return table("visits", f"One row a {frozen.manifest['unit']} and timepoint", (*KEY, "timepoint"), columns)


def visit(frozen: Frozen, timepoint: str) -> tuple[pa.Array, pa.Array]:
    """For each row: how many scores it has at the timepoint, and the one reason that it has none."""
    rows = frozen.procedures.num_rows
    counts, lowest, highest = pa.array(np.zeros(rows, dtype=np.int64)), *[pa.nulls(rows, pa.string())] * 2
    for key in instruments_in_order(frozen.manifest):
        value, reason = score_columns(frozen, key, timepoint)
        counts = pc.add(counts, value.is_valid().cast(pa.int64()))
        lowest, highest = pc.min_element_wise(lowest, reason), pc.max_element_wise(highest, reason)
    is_one = pc.and_(pc.equal(counts, 0), pc.equal(lowest, highest))
    return counts, pc.if_else(is_one, lowest, pa.scalar(None, pa.string()))


def interleaved(columns: Sequence[pa.Array], rows: int, kind: pa.DataType) -> pa.Array:
    """The first of each column, the second of each, and so on."""
    order = np.arange(rows * len(columns)).reshape(len(columns), rows).T.ravel()
    return pa.concat_arrays([pa.array([], kind), *columns]).take(pa.array(order))


def survival(frozen: Frozen) -> Table:
    """One row a time to an event."""
    manifest, rows = frozen.manifest, frozen.procedures.num_rows
    names = sorted(manifest["survival"])
    whose = pa.array(np.repeat(np.arange(rows), len(names)))
    columns = [
        *((variable, column.take(whose)) for variable, column in identity(frozen)),
        (code("outcome", "What the time runs to", dictionary.outcome_labels(manifest)),
         pa.array(names * rows, pa.string())),
        *((variable, interleaved([time_column(frozen, name, variable) for name in names], rows, type_of(variable)))
          for variable in dictionary.any_time()),
    ]  # fmt: skip
    made = table("survival", "One row a time to an event, or to the last that is known", (*KEY, "outcome"), columns)
    return replace(made, rows=made.rows.filter(made.rows["time"].is_valid()))


def time_column(frozen: Frozen, name: str, variable: Variable) -> pa.Array:
    """The time, the event or the unit of one time to an event."""
    return values(frozen.survival, f"{name}{SEPARATOR}{variable.name}", variable)


def instruments(frozen: Frozen) -> Table:
    """One row an instrument that the studies ask for, whether or not anybody has a value."""
    about = frozen.manifest["instruments"]
    keys = instruments_in_order(frozen.manifest)
    columns = [
        (code("instrument", "Instrument"), pa.array(keys, pa.string())),
        *((variable, told((about[key][variable.name] for key in keys), variable))
          for variable in dictionary.of_an_instrument()),
    ]  # fmt: skip
    return table("instruments", "One row an instrument", ("instrument",), columns)


def timepoints(frozen: Frozen) -> Table:
    """One row a timepoint of the schedules."""
    about = {timepoint["code"]: timepoint | window(timepoint) for timepoint in frozen.manifest["timepoints"]}
    points = timepoints_in_order(frozen.manifest)
    columns = [
        (code("timepoint", "Timepoint"), pa.array(points, pa.string())),
        *((variable, told((about.get(point, {}).get(variable.name) for point in points), variable))
          for variable in dictionary.of_a_timepoint()),
    ]  # fmt: skip
    return table("timepoints", "One row a timepoint", ("timepoint",), columns)


def window(timepoint: Mapping) -> dict[str, int]:
    """The days in which a visit counts for the timepoint; none where its schedule has no window."""
    return dict(zip(("opens_on_day", "closes_on_day"), timepoint.get("window") or (), strict=False))


def wide(frozen: Frozen) -> Table:
    """One row a unit of analysis, a column for everything."""
    described = dictionary.wide(frozen.manifest)
    who = dict(zip(KEY, (column for _, column in identity(frozen)), strict=True))
    columns = [
        (variable, who[key[0]] if len(key) == 1 else wide_column(frozen, key, variable))
        for key, variable in described.items()
    ]
    return table("wide", f"One row a {frozen.manifest['unit']}, a column for everything", KEY, columns)


def wide_column(frozen: Frozen, key: tuple[str, ...], variable: Variable) -> pa.Array:
    """What one column of the wide file holds."""
    kind, *names = key
    if kind == "covariate":
        return values(frozen.procedures, names[0], variable)
    if kind in ("score", "missing"):
        column = SEPARATOR.join(names)
        return values(frozen.scores, column if kind == "score" else f"{column}{SEPARATOR}missing", variable)
    return values(frozen.survival, f"{names[0]}{SEPARATOR}{kind}", variable)

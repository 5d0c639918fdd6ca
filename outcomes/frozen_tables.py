"""The three tables of a freeze: who and what, the scores with the reasons where there is none, the times to events."""

import numpy as np
import pyarrow as pa

from outcomes import fetch, wide
from outcomes.criteria.rule import PATIENT
from outcomes.extract import Rows
from outcomes.fetch import Scores
from outcomes.picking import SEPARATOR, Picked, Recorded
from outcomes.selecting import Selection, somebody, taken

# The unit of the times that follow from the record's dates.
DAYS = "days"


def procedure_table(recorded: Recorded, picked: Picked) -> pa.Table:
    """One row a patient, procedure or fracture: who, where, and the covariates of which anybody has a value.

    Where a patient can have several rows, `|number` counts them, those that the rule left out among them.
    """
    procedures, rows = recorded.rows.procedures.take(pa.array(picked.selection.of)), np.flatnonzero(picked.mask)
    identity = {f"|{name}": procedures[name].combine_chunks() for name in ("site", "study", "study_number")}
    if recorded.rule.unit != PATIENT:
        identity["|number"] = pa.array(numbers_within_patients(recorded)[rows])
    columns = recorded.columns
    if not picked.mask.all():
        columns = {name: taken(column, rows) for name, column in columns.items()}
    kept = {name: each for name, each in columns.items() if somebody(each) or name in recorded.study_covariates}
    return wide.table(identity | kept, len(rows))


def numbers_within_patients(recorded: Recorded) -> np.ndarray:
    """1 for the first candidate row of a patient, 2 for the second; rows of one patient stand together."""
    whose = recorded.rows.procedures["patient"].take(pa.array(recorded.candidates.of)).combine_chunks()
    codes = whose.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    places = np.arange(len(codes))
    starts = np.concatenate([[True], codes[1:] != codes[:-1]]) if len(codes) else np.zeros(0, dtype=bool)
    return places - np.maximum.accumulate(np.where(starts, places, 0)) + 1


def score_table(rows: Rows, selection: Selection, instruments: dict) -> pa.Table:
    """One row a unit: per instrument and timepoint the value (integer), or the reason where there is none."""
    missed, columns, number = missed_by_timepoint(rows), {}, len(selection.of)
    nobody = wide.Named.nobody(number)
    for (key, version, code), whole in rows.scores.items():
        part, about = selection.scores(whole), instruments[key, version]
        if not len(part.at) and not part.why:
            continue
        name = SEPARATOR.join((about["name"], code))
        columns[name] = wide.spread_numbers(
            part.values, part.at, number, finest=fetch.DECIMALS, decimals=about["decimals"]
        )
        columns[f"{name}|missing"] = reasons(part, selection.named(missed[code]) if code in missed else nobody)
    return wide.table(columns, number)


def missed_by_timepoint(rows: Rows) -> dict[str, wide.Named]:
    """For each timepoint at which a planned visit was missed: who missed it, and why."""
    at = wide.places(rows.missed["procedure"], rows.procedures["procedure"].combine_chunks())
    found = {}
    for (code,), numbers in wide.groups(rows.missed["timepoint"]):
        why = rows.missed["missing"].take(numbers).combine_chunks().dictionary_encode()
        codes = np.full(rows.procedures.num_rows, -1, dtype=np.int8)
        codes[at[numbers]] = why.indices.to_numpy()
        found[code] = wide.Named(codes, tuple(why.dictionary.to_pylist()))
    return found


def reasons(part: Scores, missed: wide.Named) -> pa.Array:
    """The score's own reason, else the missed visit's; none where there is a value."""
    names = tuple(dict.fromkeys([*missed.names, *part.why]))
    codes = missed.codes.copy()
    for reason, at in part.why.items():
        codes[at] = names.index(reason)
    codes[part.at] = -1
    return wide.Named(codes, names).as_arrow()


def survival_table(recorded: Recorded, selection: Selection) -> pa.Table:
    """One row a unit: per name the time (integer), its unit, and whether it ended in the event.

    What the study types; beside it what follows from the record, of the names that it does not type.
    """
    columns = typed_times(recorded.rows)
    for name, (time, event) in recorded.charted.times.items():
        if f"{name}|time" not in columns:
            unit = pa.array([DAYS if there else None for there in time.present.tolist()], type=pa.string())
            columns |= {f"{name}|time": time, f"{name}|event": event, f"{name}|unit": unit}
    return wide.table(selection.once(columns), len(selection.of))


def typed_times(rows: Rows) -> dict:
    """The times to events that the study types, one value a procedure."""
    order = rows.procedures["procedure"].combine_chunks()
    columns = {}
    for (name,), numbers in wide.groups(rows.survival["name"]):
        part = rows.survival.take(numbers)
        at = wide.places(part["procedure"], order)
        columns[f"{name}|time"] = wide.spread(part["time"], at, len(order), finest=fetch.DECIMALS)
        columns[f"{name}|event"] = wide.spread(part["event"].cast(pa.int64()), at, len(order), finest=0)
        columns[f"{name}|unit"] = wide.spread_text(part["unit"], at, len(order))
    return columns

"""What differs between two freezes of one cohort: rows that came and went, and every cell that changed. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outcomes.columns import number_text
from outcomes.freeze import Frozen
from outcomes.wide import decimals_of

IDENTITY = ("|site", "|study", "|study_number", "|number")
NOTHING = "nothing recorded"
SCORE, COVARIATE, TIME = "score", "covariate", "time"
BETWEEN = "\x1f"


@dataclass(frozen=True, order=True)
class Row:
    """Who a row of a freeze is of; `number` counts a patient's rows where there can be several."""

    site: str
    study: str
    study_number: str
    number: str = ""


@dataclass(frozen=True)
class What:
    """What a cell says: an instrument at a timepoint, a covariate, or a time to an event."""

    kind: str
    name: str
    timepoint: str
    label: str


@dataclass(frozen=True)
class Cell:
    """A cell that changed, in words."""

    row: Row
    what: What
    old: str
    new: str


Reader = Callable[[int], str]


@dataclass(frozen=True)
class Changed:
    """The rows in which one column changed (places among the rows that both freezes have), and how to read it."""

    what: What
    at: np.ndarray
    old: Reader
    new: Reader


@dataclass(frozen=True)
class Side:
    """One of the two freezes, with who its rows are of."""

    frozen: Frozen

    @cached_property
    def keys(self) -> pa.Array:
        procedures = self.frozen.procedures
        there = [procedures[name].cast(pa.string()) for name in IDENTITY if name in procedures.column_names]
        return pc.binary_join_element_wise(*there, BETWEEN, null_handling="replace").combine_chunks()

    def row(self, place: int) -> Row:
        return Row(*self.keys[place].as_py().split(BETWEEN))

    def table(self, name: str) -> pa.Table:
        return getattr(self.frozen, name)


@dataclass(frozen=True)
class Difference:
    """`old_at` and `new_at`: where the rows that both have stand in each; `hidden` rows are in none of the lists."""

    before: Side
    after: Side
    added: list[Row]
    gone: list[Row]
    old_at: np.ndarray
    new_at: np.ndarray
    changed: list[Changed]
    hidden: int = 0

    @cached_property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """(row, column) of each changed cell: a row's cells stand together, in the order of the rows."""
        if not self.changed:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        rows = np.concatenate([each.at for each in self.changed])
        columns = np.concatenate([np.full(len(each.at), number) for number, each in enumerate(self.changed)])
        order = np.lexsort((columns, rows))
        return rows[order], columns[order]

    def __len__(self) -> int:
        """How many cells changed."""
        return sum(len(each.at) for each in self.changed)

    def cells(self, start: int = 0, stop: int | None = None) -> Iterator[Cell]:
        """The changed cells from one place to another; only these are put into words."""
        rows, columns = self.places
        for at, number in zip(rows[start:stop].tolist(), columns[start:stop].tolist(), strict=True):
            column, old, new = self.changed[number], int(self.old_at[at]), int(self.new_at[at])
            yield Cell(self.after.row(new), column.what, column.old(old), column.new(new))


def difference(before: Frozen, after: Frozen, hidden: Collection[Row] = ()) -> Difference:
    """What differs. hidden: (site, study, study number) of patients that the reader may not see now."""
    old, new = Side(before), Side(after)
    unseen = pa.array(sorted({BETWEEN.join((row.site, row.study, row.study_number)) for row in hidden}), pa.string())
    found = pc.index_in(new.keys, value_set=old.keys)
    stays = found.is_valid().to_numpy(zero_copy_only=False)
    new_at, old_at = np.flatnonzero(stays), found.drop_null().to_numpy(zero_copy_only=False).astype(np.int64)
    seen = ~of_these(new.keys, unseen)
    gone = ~pc.is_in(old.keys, value_set=new.keys).to_numpy(zero_copy_only=False) & ~of_these(old.keys, unseen)
    both = seen[new_at]
    return Difference(
        before=old,
        after=new,
        added=[new.row(place) for place in np.flatnonzero(~stays & seen).tolist()],
        gone=[old.row(place) for place in np.flatnonzero(gone).tolist()],
        old_at=old_at[both],
        new_at=new_at[both],
        changed=list(changed_columns(old, new, old_at[both], new_at[both])),
        hidden=int(np.count_nonzero(~seen)),
    )


def of_these(keys: pa.Array, patients: pa.Array) -> np.ndarray:
    """Which rows are of these patients."""
    parts = pc.split_pattern(keys, BETWEEN)
    whose = pc.binary_join(pc.list_slice(parts, 0, 3), BETWEEN)
    return pc.is_in(whose, value_set=patients).to_numpy(zero_copy_only=False)


def changed_columns(old: Side, new: Side, old_at: np.ndarray, new_at: np.ndarray) -> Iterator[Changed]:
    """The columns in which any row changed: covariates, then scores, then times to events."""
    for table, whats, parts in (
        ("procedures", covariates, lambda what: [what.name]),
        ("scores", scores, lambda what: [name := f"{what.name}|{what.timepoint}", f"{name}|missing"]),
        ("survival", times, lambda what: [f"{what.name}|{part}" for part in ("time", "event", "unit")]),
    ):
        for what in whats(old, new):
            masks = [differs(old.table(table), new.table(table), name, old_at, new_at) for name in parts(what)]
            at = np.flatnonzero(np.logical_or.reduce(masks))
            if len(at):
                yield Changed(what, at, READERS[what.kind](old, what), READERS[what.kind](new, what))


def differs(old: pa.Table, new: pa.Table, name: str, old_at: np.ndarray, new_at: np.ndarray) -> np.ndarray:
    """In which rows one column says another thing; one that a freeze does not have says nothing."""
    was, now = column(old, name, old_at), column(new, name, new_at)
    if pa.types.is_string(was.type) or pa.types.is_string(now.type):
        return ~pc.equal(texts(was, old, name), texts(now, new, name)).to_numpy(zero_copy_only=False)
    finest = max(decimals_of(old, name) if name in old.column_names else 0,
                 decimals_of(new, name) if name in new.column_names else 0)  # fmt: skip
    values = [scaled(each, table, name, finest) for each, table in ((was, old), (now, new))]
    there = [each.is_valid().to_numpy(zero_copy_only=False) for each in (was, now)]
    return (there[0] != there[1]) | (there[0] & there[1] & (values[0] != values[1]))


def column(table: pa.Table, name: str, at: np.ndarray) -> pa.Array:
    """A column's cells in these rows: whole numbers or texts."""
    if name not in table.column_names:
        return pa.nulls(len(at), pa.int64())
    cells = table[name].combine_chunks().take(pa.array(at))
    return cells.cast(pa.string()) if pa.types.is_dictionary(cells.type) else cells


def texts(cells: pa.Array, table: pa.Table, name: str) -> pa.Array:
    """The cells as texts; a gap is none that anybody types."""
    if not pa.types.is_string(cells.type):
        decimals = decimals_of(table, name) if name in table.column_names else 0
        cells = pa.array([None if each is None else number_text(each, decimals) for each in cells.to_pylist()],
                         pa.string())  # fmt: skip
    return cells.fill_null("\x00")


def scaled(cells: pa.Array, table: pa.Table, name: str, decimals: int) -> np.ndarray:
    own = decimals_of(table, name) if name in table.column_names else decimals
    return cells.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64) * 10 ** (decimals - own)


def both_names(old: Side, new: Side, table: str) -> list[str]:
    """The columns that either has, without the row's number."""
    names = dict.fromkeys([*new.table(table).column_names, *old.table(table).column_names])
    return sorted(name for name in names if name != "|row")


def covariates(old: Side, new: Side) -> Iterator[What]:
    for name in both_names(old, new, "procedures"):
        if name not in IDENTITY:
            yield What(COVARIATE, name, "", covariate_label(name, old, new))


def covariate_label(name: str, *sides: Side) -> str:
    """What the later freeze calls it, else the earlier one."""
    for side in reversed(sides):
        label = side.frozen.manifest["covariates"].get(name, {}).get("label")
        if label:
            return label
    words = name.strip("|").replace("_", " ")
    return words[:1].upper() + words[1:]


def scores(old: Side, new: Side) -> Iterator[What]:
    """Instruments in the order of the form, each at its timepoints in the order of the schedule."""
    names = [name.split("|") for name in both_names(old, new, "scores") if name.count("|") == 1]
    instruments = old.frozen.manifest["instruments"] | new.frozen.manifest["instruments"]
    points = {each["code"]: each for side in (old, new) for each in side.frozen.manifest["timepoints"]}
    order = {key: (about["order"], key) for key, about in instruments.items()}
    when = {code: (each["order"], code) for code, each in points.items()}
    for key, code in sorted(names, key=lambda name: (order.get(name[0], (0, "")), when.get(name[1], (0, "")))):
        label = f"{instruments.get(key, {}).get('name', key)}, {points.get(code, {}).get('label', code)}"
        yield What(SCORE, key, code, label)


def times(old: Side, new: Side) -> Iterator[What]:
    for name in both_names(old, new, "survival"):
        if name.endswith("|time"):
            name = name.removesuffix("|time")
            yield What(TIME, name, "", f"Time to {name.replace('_', ' ')}")


def raw(side: Side, table: str, name: str, place: int) -> str:
    """One cell as text; empty where there is none."""
    kept = side.table(table)
    value = kept[name][place].as_py() if name in kept.column_names else None
    return number_text(value, decimals_of(kept, name)) if isinstance(value, int) else value or ""


def read_covariate(side: Side, what: What) -> Reader:
    labels: Mapping = side.frozen.manifest["covariates"].get(what.name, {}).get("labels") or {}

    def read(place: int) -> str:
        text = raw(side, "procedures", what.name, place)
        return labels.get(text, text) or NOTHING

    return read


def read_score(side: Side, what: What) -> Reader:
    levels: Mapping = (side.frozen.manifest["instruments"].get(what.name) or {}).get("levels") or {}
    name = f"{what.name}|{what.timepoint}"

    def read(place: int) -> str:
        value = raw(side, "scores", name, place)
        reason = raw(side, "scores", f"{name}|missing", place)
        labelled = f"{value}, {levels[value]}" if levels.get(value, value) != value else value
        return labelled or (f"missing: {reason.replace('_', ' ')}" if reason else NOTHING)

    return read


def read_time(side: Side, what: What) -> Reader:
    def read(place: int) -> str:
        time, event, unit = (raw(side, "survival", f"{what.name}|{part}", place) for part in ("time", "event", "unit"))
        return f"{time} {unit}, {'event' if event == '1' else 'no event'}" if time else NOTHING

    return read


READERS = {COVARIATE: read_covariate, SCORE: read_score, TIME: read_time}

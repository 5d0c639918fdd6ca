"""What a centre reads out of the leaf tables of a site: an analysis's tables where every cell that it needs is told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from outcomes.disclosure.assembling import Frame, Hidden, Rows, assembled, frame_of
from outcomes.disclosure.leaves import COUNTS, SHARED, WITHOUT
from outcomes.disclosure.policy import Policy
from outcomes.disclosure.rows import Known, class_of
from outcomes.stats.tables import Tables

RANKS_STAY = Hidden("the ranks within each patient are not among what was sent")
CELLS_STAY = Hidden("cells that it needs are hidden")


@dataclass(frozen=True, kw_only=True)
class Given:
    """What one site sent of an analysis: its tables whole, or leaves with hidden cells.

    n: its patients, where it says so. first: it has not sent this spec before, so no cell is hidden because it was.
    """

    site: str
    tables: Tables | None = None
    leaves: Sequence[Mapping] = ()
    n: int | None = None
    first: bool = True


def given(bundle, entry_id: str) -> Given:
    """A bundle (as outcomes.pooling reads it), as far as it bears on one analysis."""
    if bundle.is_trusted:
        return Given(site=bundle.site, tables=bundle.tables_of(entry_id) if bundle.has(entry_id) else None)
    first = bundle.release.get("supersedes") is None
    return Given(site=bundle.site, leaves=bundle.leaves, n=bundle.about["n"], first=first)


@dataclass(frozen=True)
class Sent:
    """A row as it was sent: its cells, its sum where it is known, and the values that each cell can have."""

    cells: tuple[int | None, ...]
    total: int | None
    lowest: tuple[int, ...]
    highest: tuple[int, ...]

    @property
    def is_told(self) -> bool:
        return None not in self.cells


def tables_from(entry: Mapping, spec, leaves: Sequence[Mapping]) -> Tables | Hidden:
    """An analysis's tables from a site's leaves: those that it would have counted itself. Hidden where cells are."""
    by_id = {leaf["id"]: leaf for leaf in leaves}
    frame = frame_of(entry, spec, by_id)
    if isinstance(frame, Hidden):
        return frame
    rows = told_rows(frame, by_id)
    if rows is None:
        return CELLS_STAY
    return RANKS_STAY if frame.kind == "kruskal_dunn" else assembled(frame, rows)


def told_rows(frame: Frame, leaves: Mapping[str, Mapping]) -> Rows | None:
    """The rows that an analysis needs; None where a cell of one is hidden."""
    rows = {need: cells_of(leaves[need[0]], need[1]) for need in frame.needs}
    return None if any(None in cells for cells in rows.values()) else rows


def cells_of(leaf: Mapping, row: int) -> tuple[int | None, ...]:
    width = len(leaf["axes"][-1]["levels"])
    return tuple(leaf["cells"][row * width : (row + 1) * width])


def sent_rows(frame: Frame, spec, each: Given) -> dict[tuple[str, int], Sent] | None:
    """The rows that an analysis needs, with what each hidden cell can be; None where a row's sum is not known."""
    leaves = {leaf["id"]: leaf for leaf in each.leaves}
    policy, totals = Policy.of(spec.policy), totals_of(frame, spec, each, leaves)
    found = {}
    for leaf, row in frame.needs:
        cells = cells_of(leaves[leaf], row)
        shared = [len(cells) - len(WITHOUT) + WITHOUT.index(name) for name in SHARED]
        known = Known(spared=frozenset(shared if leaves[leaf]["kind"] == COUNTS else ()))
        found[leaf, row] = sent(cells, totals[row], policy, known if each.first else None)
    return None if None in found.values() else found


def totals_of(frame: Frame, spec, each: Given, leaves: Mapping[str, Mapping]) -> list[int | None]:
    """How many patients each row is of: the table of arms says it, or the site's n where there are no arms."""
    arms = leaves.get(f"covariate|{spec.document['arm']}")
    if frame.places == 1:
        return [each.n]
    return list(arms["cells"]) if arms else [None] * frame.places


def sent(cells: Sequence[int | None], total: int | None, policy: Policy, known: Known | None) -> Sent | None:
    """A row with the bounds of its cells. If it was sent before, a hidden cell may be any part of the hidden group."""
    told = sum(count for count in cells if count is not None)
    hidden = [at for at, count in enumerate(cells) if count is None]
    if hidden and total is None:
        return None
    lowest, highest = [count or 0 for count in cells], [count or 0 for count in cells]
    bounds = dict(bounds_of(cells, total, policy, known) if known and 0 < len(hidden) < len(cells) else ())
    for at in hidden:
        lowest[at], highest[at] = bounds.get(at, (0, total - told))
    return Sent(tuple(cells), told if total is None else total, tuple(lowest), tuple(highest))


def bounds_of(
    cells: Sequence[int | None], total: int, policy: Policy, known: Known
) -> Iterator[tuple[int, tuple[int, int]]]:
    """Each hidden cell's smallest and largest value over all rows that are published in just this way."""
    boxes = list(class_of(tuple(cells), total, policy, known))
    for at in (at for at, count in enumerate(cells) if count is None):
        ranges = [box[at] for box in boxes if at in box]
        if ranges:
            yield at, (min(low for low, _ in ranges), max(high for _, high in ranges))

"""Rows that share cells: what all of them together tell of each hidden cell.

Who had died or was not yet due stands in the row of every instrument. A reader holds the rows against each other, so
each hidden cell is bounded over all rows at once, by whole-number programming. What is asked here is a function of what
would be told and of nothing else; that a row is withheld therefore tells no more than the row would have told.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from outcomes.disclosure.policy import Policy
from outcomes.disclosure.rows import NOTHING, Known, Published, largest_grown, publish_row

# No clock decides what leaves: a search is bounded by its steps and by how many hidden cells it is over.
MOST_STEPS = 2000
MOST_HIDDEN = 1500
INFEASIBLE = 2


class Unfinished(RuntimeError):
    """What rows tell together was not found out in so many steps."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row before anything is hidden. shared: position -> the name under which other rows have the same patients."""

    cells: tuple[int, ...]
    known: Known = NOTHING
    shared: Mapping[int, Hashable] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A row as it would leave. shared: position -> the name under which other rows have the same patients."""

    published: Published
    total: int
    known: Known
    shared: Mapping[int, Hashable]

    @cached_property
    def hidden(self) -> list[int]:
        return [at for at, count in enumerate(self.published) if count is None]

    @property
    def mass(self) -> int:
        return self.total - sum(count for count in self.published if count is not None)


def released(rows: Mapping[Hashable, Row], policy: Policy, within: Mapping | None = None) -> tuple[dict, dict]:
    """Each row as it may leave or None, and for those that may not which rule keeps them.

    within: a shared group -> groups of which it is a part; where one of these is told to be empty, so is it.
    """
    told: dict[Hashable, Published | None] = {
        name: publish_row(row.cells, policy, known=row.known) for name, row in rows.items()
    }
    why = {name: "row" for name, published in told.items() if published is None}
    shown = {
        name: Told(published=published, total=sum(rows[name].cells), known=rows[name].known, shared=rows[name].shared)
        for name, published in told.items()
        if published is not None
    }
    empty = {name for row in shown.values() for at, name in row.shared.items() if row.published[at] == 0}
    zero = frozenset(name for name, groups in (within or {}).items() if not empty.isdisjoint(groups))
    for name in unsafe(shown, policy, zero):
        told[name], why[name] = None, "linked"
    return told, why


def unsafe(rows: Mapping[Hashable, Told], policy: Policy, zero: frozenset = frozenset()) -> set[Hashable]:
    """The rows that must not leave beside the others: taken away all at once, and looked at again until none is.

    zero: shared cells that are known to be zero from elsewhere.
    """
    left, withheld = dict(rows), set()
    while True:
        wrong = {name for part in linked(left, zero) for name in offending(part, policy, zero)}
        if not wrong:
            return withheld
        withheld |= wrong
        left = {name: row for name, row in left.items() if name not in wrong}


def linked(rows: Mapping[Hashable, Told], zero: frozenset) -> list[dict[Hashable, Told]]:
    """The rows in groups that share cells with each other, where one of the shared cells is hidden in one of them."""
    groups: list[tuple[set, dict]] = []
    for name, row in rows.items():
        names, members = set(row.shared.values()), {name: row}
        apart = []
        for others, group in groups:
            if others & names:
                names, members = others | names, group | members
            else:
                apart.append((others, group))
        groups = [*apart, (names, members)]
    return [members for _, members in groups if is_at_stake(members, zero)]


def is_at_stake(rows: Mapping[Hashable, Told], zero: frozenset) -> bool:
    """Whether a shared cell is hidden in one of the rows, and another row or something else says something of it."""
    hidden = {row.shared[at] for row in rows.values() for at in row.hidden if at in row.shared}
    return bool(hidden) and (len(rows) > 1 or bool(hidden & zero))


def offending(rows: Mapping[Hashable, Told], policy: Policy, zero: frozenset) -> set[Hashable]:
    """The rows with a hidden cell that all of them together pin or make narrow, or with a hidden group of a few."""
    hidden = {name: len(row.hidden) for name, row in rows.items() if row.hidden}
    if sum(hidden.values()) > MOST_HIDDEN:  # too many to be searched: those that hide most stay
        return {name for name, many in hidden.items() if many == max(hidden.values())}
    problem = Problem(rows, policy, zero)
    try:
        if not problem.is_possible():  # no such patients can be: one of the links does not hold
            return set(rows)
        return {name for name, row in rows.items() if row.hidden and not is_wide(problem, name, row, policy)}
    except Unfinished:
        return set(hidden)


def is_wide(problem: "Problem", name: Hashable, row: Told, policy: Policy) -> bool:
    """Whether each hidden cell stays open, and the group of those that no other row has.

    A cell that is known to be empty, or to hold many, needs no width.
    """
    for at in representatives(row, policy):
        if problem.swings(name, row, at):
            continue
        low, high = problem.range_of({problem.at[name, at]}, lambda low, high: high - low >= policy.min_width)
        if high > 0 and low < policy.min_cell and high - low < policy.min_width:
            return False
    apart = {problem.at[name, at] for at in row.hidden if at not in row.shared}
    if len(apart) in (0, len(row.hidden)):
        return True
    low, high = problem.range_of(apart, lambda low, high: low == 0 or high >= policy.min_cell)
    return low == 0 or high >= policy.min_cell


def representatives(row: Told, policy: Policy) -> list[int]:
    """One hidden cell of each kind: cells that the rules cannot tell apart have the same range."""
    kinds = {}
    for at in row.hidden:
        most = largest_grown(at, row.published, row.mass, policy, row.known)
        kinds.setdefault(row.shared.get(at, (at in row.known.sticky, most)), at)
    return list(kinds.values())


class Problem:
    """All rows that would be told as these are, as whole-number constraints on the hidden cells.

    Variables: each hidden cell; and for each row which of its cells was hidden to enlarge the group, if any.
    """

    def __init__(self, rows: Mapping[Hashable, Told], policy: Policy, zero: frozenset):
        self.policy = policy
        cells = [(name, at) for name, row in rows.items() for at in row.hidden]
        grown = [(name, at, "grown") for name, row in rows.items() for at in self.growable(row)]
        none = [(name, None, "grown") for name in rows]
        self.at = {key: number for number, key in enumerate([*cells, *grown, *none])}
        self.lines: list[tuple[dict[int, int], float, float]] = []
        self.highest = np.ones(len(self.at))
        for name, row in rows.items():
            self._row(name, row)
        self._links(rows, zero)
        self.matrix = self._matrix()
        self.found: list[np.ndarray] = []

    def growable(self, row: Told) -> list[int]:
        return [at for at in row.hidden if at not in row.known.sticky and at not in row.known.spared]

    def _row(self, name: Hashable, row: Told) -> None:
        few, mass, alone = self.policy.min_cell - 1, row.mass, self.at[name, None, "grown"]
        self.lines.append(({self.at[name, at]: 1 for at in row.hidden}, mass, mass))
        which = {self.at[name, at, "grown"]: 1 for at in self.growable(row)} | {alone: 1}
        self.lines.append((which, 1, 1))
        if 0 < mass <= few:
            self.highest[alone] = 0
        for at in row.hidden:
            self.highest[self.at[name, at]] = mass if at in row.known.sticky else min(few, mass)
        for at in self.growable(row):
            most = min(largest_grown(at, row.published, mass, self.policy, row.known), mass - 1)
            least = max(few + 1, mass - few)
            cell, grown = self.at[name, at], self.at[name, at, "grown"]
            self.highest[grown] = most >= least
            self.highest[cell] = max(self.highest[cell], most if most >= least else 0)
            self.lines.append(({cell: 1, grown: -max(most - few, 0)}, -np.inf, few))
            self.lines.append(({cell: 1, grown: -least}, 0, np.inf))

    def _links(self, rows: Mapping[Hashable, Told], zero: frozenset) -> None:
        first: dict[Hashable, tuple[dict[int, int], int]] = {name: ({}, 0) for name in zero}
        for name, row in rows.items():
            for at, shared in row.shared.items():
                count = row.published[at]
                side = ({self.at[name, at]: 1}, 0) if count is None else ({}, count)
                one, constant = first.setdefault(shared, side)
                if side[0] != one:
                    line = dict(side[0]) | dict.fromkeys(one, -1)
                    self.lines.append((line, constant - side[1], constant - side[1]))

    def _matrix(self) -> LinearConstraint:
        matrix = np.zeros((len(self.lines), len(self.at)))
        for number, (line, _, _) in enumerate(self.lines):
            for cell, weight in line.items():
                matrix[number, cell] = weight
        return LinearConstraint(matrix, [line[1] for line in self.lines], [line[2] for line in self.lines])

    def is_possible(self) -> bool:
        """Whether there are any such patients."""
        return self._smallest(set(), 1) is not None

    def swings(self, name: Hashable, row: Told, at: int) -> bool:
        """Whether patients found before show a cell to be wide, moved only among the row's own small hidden cells.

        That changes no sum, no shared cell and no enlarged group, so they stay patients that would be told like these.
        """
        few, cell = self.policy.min_cell - 1, self.at[name, at]
        own = [other for other in row.hidden if other not in row.shared]
        for each in self.found if at in own else ():
            small = [self.at[name, other] for other in own if each[self.at[name, other]] <= few]
            total = int(each[small].sum())
            if cell in small and min(few, total) - max(0, total - (len(small) - 1) * few) >= self.policy.min_width:
                return True
        return False

    def range_of(self, cells: set[int], enough: Callable[[int, int], bool]) -> tuple[int, int]:
        """The smallest and the largest value of a sum of cells; of those found so far where they are enough."""
        where = list(cells)
        for sign in (None, 1, -1):
            if sign is not None:
                self._smallest(cells, sign)
            sums = [int(each[where].sum()) for each in self.found]
            if enough(min(sums), max(sums)):
                break
        return min(sums), max(sums)

    def _smallest(self, cells: set[int], sign: int) -> np.ndarray | None:
        objective = np.zeros(len(self.at))
        objective[list(cells)] = sign
        answer = milp(
            objective, constraints=self.matrix, bounds=Bounds(0, self.highest), integrality=np.ones(len(self.at)),
            options={"node_limit": MOST_STEPS},
        )  # fmt: skip
        if answer.status == INFEASIBLE:
            return None
        if answer.status != 0:
            raise Unfinished
        self.found.append(np.rint(answer.x).astype(np.int64))
        return self.found[-1]

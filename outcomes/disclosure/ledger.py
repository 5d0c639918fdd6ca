"""What was released before: whether a new release, held against it, would tell of a few patients.

A site has the rows, so what two releases differ by is counted exactly and never guessed. `gate` looks at whole releases
before anything is made, `stirred` at each row of each table; `hidden_before` says which cells stay hidden.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outcomes.disclosure.leaves import COARSENED, SUPPRESSED, Leaf, leaf_tables, patients_of
from outcomes.disclosure.policy import Policy, strictest
from outcomes.disclosure.rows import Published
from outcomes.freeze import Frozen

NOT_TOLD = "disclosure-withheld"
DIFFERENCING = "differencing-block"
TITLES = {
    NOT_TOLD: "This summary cannot leave its site under the spec's policy.",
    DIFFERENCING: "This summary cannot leave its site beside what has left it before.",
}

WAIT = "Wait until more patients have come or changed, and send then."


class Withheld(Exception):
    """Nothing leaves. What is said outside is constant: the same of nobody, of four patients, and of any site.

    told: for the coordinator at the site, in words that hold no counts.
    """

    def __init__(self, problem_type: str = NOT_TOLD, told: Sequence[str] = ()):
        super().__init__(TITLES[problem_type])
        self.problem_type = problem_type
        self.told = list(told)

    @property
    def body(self) -> dict:
        """The problem as it is answered outside."""
        return {"type": f"/problems/{self.problem_type}/", "title": TITLES[self.problem_type]}


class Earlier(NamedTuple):
    """An earlier release of this site: its freeze, the leaves that left, the hash and the policy of its spec."""

    frozen: Frozen
    leaves: Sequence[Mapping]
    spec_hash: str
    policy: Mapping


@dataclass(frozen=True)
class Before:
    """An earlier release's table, beside the same table of the new one. places: of its rows, under the new spec.

    document is None where the variable left in another form, with other levels or another rung.
    """

    document: Mapping | None
    whole: Leaf
    same_spec: bool

    def told(self, row: int) -> Published:
        width = len(self.whole.levels)
        return tuple(self.document["cells"][row * width : (row + 1) * width])


def policy_of(spec, ledger: Sequence[Earlier | tuple]) -> Policy:
    """The strictest of a spec's policy and those of the specs before it: a lax one does not undo what was promised."""
    return strictest(Policy.of(spec.policy), [Policy.of(Earlier(*each).policy) for each in ledger])


def gate(spec, frozen: Frozen, earlier: Sequence[Earlier | tuple]) -> None:
    """Withheld where a release of this freeze would tell of a few patients, alone or held against earlier ones."""
    policy, past = policy_of(spec, earlier), [Earlier(*each) for each in earlier]
    patients = patients_of(frozen)
    if len(patients) < policy.min_group:
        raise Withheld(told=["The cohort is too small for its counts to leave; pool more patients first."])
    if pc.count_distinct(patients).as_py() != len(patients):
        raise Withheld(
            told=["A patient stands in several rows of this cohort, so counts of rows do not count patients."]
        )
    for each in past:
        if is_few(len(differing([patients, patients_of(each.frozen)], (1, -1))), policy):
            raise Withheld(DIFFERENCING, [f"Its patients are nearly those of an earlier release. {WAIT}"])
        if each.spec_hash == spec.hash and is_few(changed(spec, frozen, each), policy):
            raise Withheld(DIFFERENCING, [f"Too little has changed since this spec was last sent. {WAIT}"])
    if any(is_few(many, policy) for many in with_two(patients, [patients_of(each.frozen) for each in past])):
        raise Withheld(DIFFERENCING, [f"Its patients are nearly those of two earlier releases. {WAIT}"])


def with_two(patients: pa.Array, past: Sequence[pa.Array]) -> Iterator[int]:
    """How many patients a release differs by from two earlier ones together, or one of these from it and the other."""
    others = [each for each in past if len(differing([patients, each], (1, -1)))]
    for one, other in combinations(others, 2):
        for signs in ((1, -1, -1), (1, 1, -1), (1, -1, 1)):
            yield len(differing([patients, one, other], signs))


def is_few(count: int, policy: Policy) -> bool:
    return 0 < count < policy.min_delta


def differing(groups: Sequence, signs: Sequence[int]) -> np.ndarray:
    """The patients whom a sum of groups, each added or taken away, counts at all."""
    everyone = np.concatenate([group.to_numpy(zero_copy_only=False) for group in groups])
    weights = np.concatenate([np.full(len(group), sign) for group, sign in zip(groups, signs, strict=True)])
    _, who = np.unique(everyone.astype(str), return_inverse=True)
    return np.flatnonzero(np.bincount(who, weights=weights))


def changed(spec, frozen: Frozen, earlier: Earlier) -> int:
    """How many patients came, went or are counted in another cell of any table than in an earlier release."""
    level = COARSENED if any(leaf["rung"] for leaf in earlier.leaves) else SUPPRESSED
    was, now = (leaf_tables(each, spec, level, strict=False) for each in (earlier.frozen, frozen))
    moved: set = set()
    for old, new in zip(was, now, strict=True):
        before, after = side_by_side(old, new)
        moved.update(np.flatnonzero(before != after).tolist())
    return len(moved)


def side_by_side(old: Leaf, new: Leaf) -> tuple[np.ndarray, np.ndarray]:
    """For everybody who is in either: the cell in the one and in the other, -1 for who is not in it."""
    found = pc.index_in(new.patients, value_set=old.patients)
    there = found.is_valid().to_numpy(zero_copy_only=False)
    at = found.drop_null().to_numpy(zero_copy_only=False).astype(np.int64)
    gone = np.ones(len(old.patients), dtype=bool)
    gone[at] = False
    before, after = np.full(len(new.patients), -1, dtype=np.int64), new.places
    before[there] = old.places[at]
    leavers = old.places[gone]
    return np.concatenate([before, leavers]), np.concatenate([after, np.full(len(leavers), -1)])


def before_each(raw: Sequence[Leaf], spec, ledger: Sequence[Earlier | tuple]) -> dict[str, list[Before]]:
    """For each new table, the same one of every earlier release that had its variable."""
    found: dict[str, list[Before]] = {leaf.id: [] for leaf in raw}
    level = COARSENED if any(leaf.rung for leaf in raw) else SUPPRESSED
    for each in (Earlier(*each) for each in ledger):
        sent = {leaf["id"]: leaf for leaf in each.leaves}
        whole = {leaf.id: leaf for leaf in leaf_tables(each.frozen, spec, level, strict=False)}
        for leaf in raw:
            if leaf.id in sent:
                document = sent[leaf.id] if is_of(sent[leaf.id], leaf) else None
                found[leaf.id].append(Before(document, whole[leaf.id], each.spec_hash == spec.hash))
    return found


def is_of(document: Mapping, leaf: Leaf) -> bool:
    """Whether a table that was sent has the same axes, levels and rung as a new one."""
    axes = [(axis["name"], tuple(axis["levels"])) for axis in document["axes"]]
    return axes == [(axis.name, axis.levels) for axis in leaf.axes] and document["rung"] == leaf.rung


def hidden_before(row: int, before: Sequence[Before]) -> frozenset[int]:
    """The cells of a row that an earlier release of the same spec hid beside others that it told."""
    told = [each.told(row) for each in before if each.same_spec and each.document is not None]
    return frozenset(at for cells in told if any_told(cells) for at, count in enumerate(cells) if count is None)


def any_told(cells: Published) -> bool:
    return any(count is not None for count in cells)


def stirred(
    leaf: Leaf, told: Mapping[int, Published | None], before: Sequence[Before], policy: Policy
) -> Iterator[int]:
    """The rows of a new table that, held against an earlier release's, would tell of a few patients."""
    pairs = [(each, side_by_side(each.whole, leaf) if each.document else None) for each in before]
    for row, cells in told.items():
        if cells is not None and any(tells_of_few(row, cells, each, places, policy) for each, places in pairs):
            yield row


def tells_of_few(row: int, cells: Published, before: Before, places: tuple | None, policy: Policy) -> bool:
    """Whether a cell that both tell, the hidden group or the whole row differ by some patients but fewer than k.

    So does a cell that is told now and was not: the hidden pattern stays. And a variable that left in another form.
    """
    if before.document is None:
        return True
    was = before.told(row)
    if not any_told(was):
        return False
    if any(old is None and new is not None for old, new in zip(was, cells, strict=True)):
        return True
    width, first = len(cells), row * len(cells)
    hidden = [first + at for at, count in enumerate(cells) if count is None]
    groups = [[first + at] for at, count in enumerate(cells) if count is not None]
    groups += [hidden, list(range(first, first + width))]
    return any(0 < exchanged(places, group) < policy.min_cell for group in groups)


def exchanged(places: tuple[np.ndarray, np.ndarray], cells: Sequence[int]) -> int:
    """How many patients are in one of these cells in one release and in none of them in the other."""
    before, after = places
    return int(np.count_nonzero(np.isin(before, cells) != np.isin(after, cells)))

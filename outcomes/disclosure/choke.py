"""The choke point: every table with hidden cells that leaves a site is made here, and every such document looked at.

`choke` makes the tables; `looked_through` walks a whole document, whoever put it together, and refuses one with a count
that may not be told. What could not leave is said to the coordinator in words that hold no counts; what is said outside
is the same whatever the reason.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from outcomes.disclosure.audit import Row, released
from outcomes.disclosure.kin import held_back
from outcomes.disclosure.leaves import COUNTS, COVARIATE, SHARED, WITHOUT, Leaf
from outcomes.disclosure.ledger import Before, Earlier, Withheld, before_each, hidden_before, policy_of, stirred
from outcomes.disclosure.policy import Policy
from outcomes.disclosure.rows import Known

# Numbers of a document that count nobody: what the spec itself says of every site.
NOT_COUNTS = ("policy", "rung")
WHAT_TO_DO = (
    "Agree on a coarser set of bands for it in the spec, pool more patients before sending, or send whole tables to a "
    "centre with which there is an agreement."
)
WHOLE = "If it is wanted, send whole tables to a centre with which there is an agreement."
RULES = {
    "row": "counts below the threshold could be worked out from what is beside them",
    "linked": "held against the tables of the same visit it would give small counts away",
    "ledger": "held against what was sent before it would tell of a few patients",
    "promise": "a spec that left before promised to hide larger counts than this one does",
}


class SmallCount(RuntimeError):
    """A document that was about to leave holds a count that may not be told. Says where, never what."""


def choke(raw: Sequence[Leaf], spec, ledger: Sequence[Earlier | tuple] = ()) -> tuple[list[dict], list[str]]:
    """The leaves as they may leave, and in words what of them stays here and why."""
    policy, held = policy_of(spec, ledger), held_back(raw, spec, ledger)
    kept = [leaf for leaf in raw if leaf.id not in held]
    before = before_each(kept, spec, ledger)
    rows = {(leaf.id, number): row for leaf in kept for number, row in enumerate(rows_of(leaf, before[leaf.id]))}
    told, why = released(rows, policy, within_later(kept))
    keep_promises(told, why, policy, Policy.of(spec.policy))
    for leaf in kept:
        mine = {number: told[leaf.id, number] for number in range(len(leaf.rows))}
        for number in stirred(leaf, mine, before[leaf.id], policy):
            told[leaf.id, number], why[leaf.id, number] = None, "ledger"
    fill_empty_arms(kept, told, why)
    leaves = [leaf.document([told.get((leaf.id, number)) for number in range(len(leaf.rows))]) for leaf in raw]
    said = list(words(raw, held, why, leaves))
    if all(leaf["status"] == "withheld" for leaf in leaves):
        raise Withheld(told=said)
    return looked_through(leaves, policy), said


def keep_promises(told: dict, why: dict, policy: Policy, own: Policy) -> None:
    """Under a stricter policy than the spec's own, rows leave whole or not at all.

    A reader takes a hidden cell for one that the spec's policy hides, and would certify bounds that do not hold.
    """
    if (policy.min_cell, policy.min_width) == (own.min_cell, own.min_width):
        return
    for name, cells in told.items():
        if cells is not None and None in cells:
            told[name], why[name] = None, "promise"


def rows_of(leaf: Leaf, before: Sequence[Before]) -> Iterator[Row]:
    """A leaf's rows, with what is known beforehand of their cells."""
    for number, cells in enumerate(leaf.rows):
        shared = {}
        if leaf.kind == COUNTS:
            first = len(cells) - len(WITHOUT)
            shared = {first + at: (leaf.timepoint, number, name) for at, name in enumerate(WITHOUT) if name in SHARED}
        known = Known(sticky=hidden_before(number, before), spared=frozenset(shared))
        yield Row(cells=cells, known=known, shared=shared)


def fill_empty_arms(raw: Sequence[Leaf], told: dict, why: dict) -> None:
    """An arm of which the table of arms tells that nobody is in it: its rows are zeros, and everybody knows."""
    arms = next((leaf for leaf in raw if leaf.kind == COVARIATE and len(leaf.axes) == 1), None)
    known = (told[arms.id, 0] or ()) if arms else ()
    for leaf in raw:
        for number in range(len(leaf.rows) if len(leaf.axes) == 2 else 0):
            if number < len(known) and known[number] == 0:
                told[leaf.id, number] = (0,) * len(leaf.levels)
                why.pop((leaf.id, number), None)


def within_later(raw: Sequence[Leaf]) -> dict[Hashable, list[Hashable]]:
    """For who is dead or not due at a timepoint: the groups at later ones, in which the same patients are again."""
    codes = list(dict.fromkeys(leaf.timepoint for leaf in raw if leaf.kind == COUNTS))
    arms = range(max((len(leaf.rows) for leaf in raw), default=0))
    return {
        (code, number, name): [(later, number, name) for later in codes[at + 1 :]]
        for at, code in enumerate(codes)
        for number in arms
        for name in SHARED
    }


def looked_through(document: Any, policy: Policy, where: str = "document") -> Any:
    """The document, if no number in it can be a small count. SmallCount, saying where, if one is."""
    if isinstance(document, Mapping):
        for key, value in document.items():
            if key not in NOT_COUNTS:
                looked_through(value, policy, f"{where}.{key}")
    elif isinstance(document, list | tuple):
        for at, value in enumerate(document):
            looked_through(value, policy, f"{where}.{at}")
    elif isinstance(document, int | float) and not isinstance(document, bool) and 0 < document < policy.min_cell:
        raise SmallCount(f"{where} holds a count that may not be told; nothing was made")
    return document


def words(raw: Sequence[Leaf], held: Mapping, why: Mapping, leaves: Sequence[Mapping]) -> Iterator[str]:
    """For the coordinator, without a count: which table stays here, by which rule, and what can be done."""
    for leaf, document in zip(raw, leaves, strict=True):
        if leaf.id in held:
            yield f"{leaf.name} stays here: {held[leaf.id]}. {WHOLE}"
            continue
        rows = {number: why[leaf.id, number] for number in range(len(leaf.rows)) if (leaf.id, number) in why}
        for rule in dict.fromkeys(rows.values()):
            arms = " and ".join(leaf.arm(number) for number in rows if rows[number] == rule)
            yield f"{leaf.name}{arms and ', '}{arms} stays here: {RULES[rule]}. {WHAT_TO_DO}"
        if document["status"] == "partly_hidden" and len(rows) < len(leaf.rows):
            yield f"{leaf.name} leaves with hidden cells; what is computed from them will be intervals, or nothing."

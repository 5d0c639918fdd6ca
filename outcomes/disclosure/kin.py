"""Tables that say the same in part: of each family of variables one table leaves, at each timepoint.

The other tables of a family would be sums of the same patients in another cut, and no rule for single rows sees that.
So nothing is worked out: which variables are kin is declared (outcomes.variables.families; parts of a scale by
`part_of`), and which of them leaves follows from the spec and from what left before, never from the patients. First the
arm, as every table is cut by it; then, before scores alone and then before covariates alone, what more of the spec's
analyses can be read from; a total before its parts; then the catalogue's order. A covariate that a study typed and the
catalogue does not have may follow from any other, so it leaves only as the arm. An instrument of a study's own is a
scale by itself unless it is said to be part of another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from outcomes.disclosure.leaves import COUNTS, COVARIATE, Leaf
from outcomes.disclosure.ledger import Earlier
from outcomes.variables.families import WITH_SCORES, families_of, families_of_score, in_order

TYPED = frozenset({"typed"})
UNDECLARED = (
    "nobody has declared what it follows from, so beside other tables it could give small counts away. Only variables "
    "of the record's own catalogue, and the arm, leave with hidden counts"
)
NO_ARM = "it is counted by an arm that must not leave beside the arms that left before"


@dataclass(frozen=True)
class Claim:
    """What a table says something of. timepoint: None of a covariate."""

    variable: str
    timepoint: str | None
    families: frozenset[str]

    def meets(self, other: "Claim") -> bool:
        """Whether two tables say the same in part."""
        one, two = (self.variable, self.timepoint is None), (other.variable, other.timepoint is None)
        if one == two:
            return False
        if self.timepoint is None or other.timepoint is None:
            fates = one[1] != two[1] and (self if one[1] else other).families & WITH_SCORES
            return bool(fates or self.families & other.families)
        return self.timepoint == other.timepoint and bool(self.families & other.families)


def held_back(raw: Sequence[Leaf], spec, ledger: Sequence[Earlier | tuple] = ()) -> dict[str, str]:
    """Leaf id -> in words why it stays here, whatever its counts are."""
    document, found = spec.document, {}
    left = [claim for each in ledger for claim in claims_before(Earlier(*each))]
    for leaf in in_turn(raw, spec):
        claim = claim_of(leaf.variable, leaf.timepoint, document["instruments"])
        is_arm = leaf.timepoint is None and leaf.variable == document["arm"]
        kin = next((each for each in left if claim.meets(each)), None)
        if claim.families == TYPED and not is_arm:
            found[leaf.id] = UNDECLARED
        elif kin is not None:
            found[leaf.id] = f"it says in part the same as {kin.variable}, of which the table leaves or left before"
        else:
            left.append(claim)
    arm = next((leaf.id for leaf in raw if leaf.timepoint is None and leaf.variable == document["arm"]), None)
    return {leaf.id: found.get(leaf.id, NO_ARM) for leaf in raw} if arm in found else found


def claim_of(variable: str, timepoint: str | None, instruments: Mapping[str, Mapping]) -> Claim:
    if timepoint is None:
        return Claim(variable, None, families_of(variable) or TYPED)
    return Claim(variable, timepoint, families_of_score(variable, instruments.get(variable, {}).get("part_of")))


def claims_before(earlier: Earlier) -> Iterator[Claim]:
    """What an earlier release told anything of."""
    for leaf in earlier.leaves:
        if leaf["status"] != "withheld":
            yield claim_of(leaf["variable"], leaf.get("timepoint"), earlier.frozen.manifest["instruments"])


def in_turn(raw: Sequence[Leaf], spec) -> list[Leaf]:
    """The tables in the order in which they are let out: by the spec and the catalogue alone."""
    document, places = spec.document, {name: at for at, name in enumerate(in_order())}
    uses = list(used(spec.entries))

    def turn(leaf: Leaf) -> tuple:
        if leaf.kind == COUNTS:
            is_part = document["instruments"][leaf.variable].get("part_of") is not None
            return 1, -uses.count((COUNTS, leaf.variable)), is_part, 0
        is_arm = leaf.variable == document["arm"]
        return 0 if is_arm else 2, -uses.count((leaf.kind, leaf.variable)), False, places.get(leaf.variable, 0)

    return sorted(raw, key=turn)


def used(entries: Sequence[Mapping]) -> Iterator[tuple[str, str]]:
    """For each analysis the score or the covariates that it counts."""
    for entry in entries:
        col = entry.get("col")
        score = entry.get("instrument") or (col.get("instrument") if isinstance(col, Mapping) else None)
        if score:
            yield COUNTS, score
        for name in (entry.get("var"), entry.get("row"), col):
            if isinstance(name, str):
                yield COVARIATE, name

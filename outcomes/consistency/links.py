"""Which printed figures belong together: read from their names, never from what somebody noted beside them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from outcomes.consistency.reader import Figure, Figures
from outcomes.consistency.scales import Scale, scale_of

SIZE = "n_patients"
MOST_SUBGROUPS = 20
ABOUT_PEOPLE = ("mean", "median")  # beside one of these, n is how many have a value
# Families whose members exclude each other: nobody is counted twice.
EXCLUSIVE = {
    *("age_band", "anesthesia", "asa_class", "ecog", "fracture_etiology", "fracture_status", "guidance"),
    *("indication", "katagiri_growth", "opioid_change", "pdn_count", "primary_cancer", "sex"),
}
_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")


class Links:
    """The figures of one paper, found by what they share."""

    def __init__(self, figures: Figures):
        self.figures = figures.figures
        self.software = figures.software
        self._scales = figures.scales

    def scale(self, figure: Figure) -> Scale | None:
        return scale_of(figure.variable, self._scales)

    @cached_property
    def repeats(self) -> dict[tuple, list[Figure]]:
        """Every place where the same variable, subgroup and timepoint are printed."""
        return grouped(self.figures, lambda figure: figure.what)

    @cached_property
    def families(self) -> dict[tuple, list[Figure]]:
        """The members of a family that stand together: one location, subgroup and timepoint."""
        members = [figure for figure in self.figures if figure.member]
        return grouped(members, lambda figure: (figure.location, figure.family, figure.subgroup, figure.timepoint))

    @cached_property
    def _sizes(self) -> dict[str, list[int]]:
        sizes = [figure for figure in self.figures if figure.variable == SIZE and "n" in figure.counts]
        return {key: [figure.counts["n"] for figure in many] for key, many in grouped(sizes, _subgroup).items()}

    def size(self, subgroup: str) -> int | None:
        """The printed number of patients of a subgroup; the largest, should the paper print several."""
        return max(self._sizes.get(subgroup, []), default=None)

    def base(self, figure: Figure) -> int | None:
        """Of how many a share can be: the subgroup's size, else the one denominator that is printed of it."""
        known = figure.counts.get("n_group") or self.size(figure.subgroup)
        if known:
            return known
        same = [other for other in self.figures if other.subgroup == figure.subgroup]
        printed = {other.counts["denominator"] for other in same if "denominator" in other.counts}
        return printed.pop() if len(printed) == 1 else None

    def people(self, figure: Figure) -> int | None:
        """How many values a mean or median has, where that is printed: here, or where the same is printed again."""
        known = (_people(other) for other in [figure, *self.repeats[figure.what]])
        return next((n for n in known if n), None)

    def groups(self, figure: Figure) -> tuple[str, str] | None:
        """The two subgroups, or the two timepoints, that a comparator names; None where it names no two."""
        words = _BRACKETS.sub("", figure.comparator).strip()
        first, between, second = words.partition(" vs ")
        if between:
            return first.strip(), second.strip()
        return (figure.subgroup, words) if words and words != figure.timepoint else None

    def compared(self, figure: Figure) -> tuple[Figure, Figure] | None:
        """The two figures that a p compares, in the same location: those of two subgroups, or of two timepoints."""
        groups = self.groups(figure)
        if not groups:
            return None
        pair = [self._beside(figure, subgroup=name, timepoint=figure.timepoint) for name in groups]
        if None in pair:
            then = _BRACKETS.sub("", figure.comparator).strip()
            pair = [self._beside(figure, subgroup=figure.subgroup, timepoint=then), figure]
        return None if None in pair else (pair[0], pair[1])

    def _beside(self, figure: Figure, *, subgroup: str, timepoint: str) -> Figure | None:
        same = [*self.repeats.get((figure.paper, figure.variable, subgroup, timepoint), [])]
        return next((other for other in same if other.location == figure.location), None)

    def wholes(self, figures: Iterable[Figure], size: dict[str, int]) -> Iterator[tuple[Figure, Figure, Figure]]:
        """(whole, part, part): figures of one thing in three subgroups of which two have as many as the third."""
        of = {figure.subgroup: figure for figure in figures if size.get(figure.subgroup)}
        names = sorted(of, key=lambda name: of[name].place)[:MOST_SUBGROUPS]
        for whole in names:
            for place, first in enumerate(names):
                for second in names[place + 1 :]:
                    if whole not in (first, second) and size[first] + size[second] == size[whole]:
                        yield of[whole], of[first], of[second]


def grouped(figures: Iterable[Figure], key) -> dict:
    """Figures by a key, in the order in which they come."""
    groups = defaultdict(list)
    for figure in figures:
        groups[key(figure)].append(figure)
    return dict(groups)


def _subgroup(figure: Figure) -> str:
    return figure.subgroup


def _people(figure: Figure) -> int | None:
    beside = any(name in figure.numbers for name in ABOUT_PEOPLE)
    return (figure.counts.get("n") if beside else None) or figure.counts.get("n_group")

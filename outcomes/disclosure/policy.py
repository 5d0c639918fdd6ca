"""The disclosure policy of a spec: from how many patients on a count may be told, and how wide what is hidden must be.

Rounding is not among the means: a rounded count breaks exactness without saying so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace


class NotAPolicy(ValueError):
    """A policy under which hidden counts would not stay hidden."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """min_cell: the smallest count that is told. min_width: how far another table that is published identically has to
    differ in each hidden small cell. hide_zeros: zeros are hidden together with small counts. min_delta: by how many
    patients two releases have to differ. min_group: from how many patients on a row is told at all.
    """

    id: str = "consortium"
    min_cell: int = 5
    min_width: int = 2
    hide_zeros: bool = True
    min_delta: int = 10
    min_group: int = 5

    def __post_init__(self):
        if self.min_cell < 1 or self.min_group < self.min_cell or self.min_delta < 2 * self.min_cell:
            raise NotAPolicy("min_cell is at least 1, min_group at least min_cell, min_delta at least 2 min_cell.")
        if not self.min_width >= 1 or 2 * self.min_width > max(2, self.min_cell - 1):
            raise NotAPolicy("min_width is at least 1 and at most half of min_cell - 1: more than no table can give.")
        if not self.hide_zeros:
            raise NotAPolicy("Zeros are hidden together with small counts: a zero that is told narrows the others.")

    @classmethod
    def of(cls, document: Mapping) -> "Policy":
        """The policy as a spec states it. NotAPolicy where it would not hide, or rounds."""
        if document.get("rounding", "none") != "none":
            raise NotAPolicy("Counts are not rounded: it breaks exactness without saying so.")
        stated = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
        return cls(**stated)

    def is_small(self, count: int) -> bool:
        """Whether a count is one that may not be told: a zero is, where it is told with small ones."""
        return count < self.min_cell


def strictest(own: Policy, others: Sequence[Policy]) -> Policy:
    """A policy that keeps what each of these promises."""
    limits = ("min_cell", "min_width", "min_delta", "min_group")
    return replace(own, **{name: max(getattr(each, name) for each in (own, *others)) for name in limits})

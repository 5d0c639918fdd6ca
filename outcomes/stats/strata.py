"""One table per stratum (a site, as a rule): what a stratified test reads. Generic over the table inside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .documents import NotATable, read_keys, read_mapping, read_text, written


@dataclass(frozen=True, kw_only=True)
class Strata:
    """stratum -> the table of its procedures. `of` is the name of the inner table's kind.

    A stratum of which nobody is kept is not listed, so equal contents are equal tables. Strata seen by both tables
    that are added have their tables added; the others stand as they are.
    """

    of: str
    strata: Mapping[str, Any] = field(default_factory=dict)

    def __add__(self, other: "Strata") -> "Strata":
        if self.of != other.of:
            raise ValueError(f"strata of {self.of} cannot be added to strata of {other.of}")
        both = self.strata.keys() & other.strata.keys()
        sums = {name: self.strata[name] + other.strata[name] for name in both}
        return Strata(of=self.of, strata={**self.strata, **other.strata, **sums})

    def in_order(self) -> tuple[tuple[str, Any], ...]:
        """(stratum, table), in text order of the strata, whatever order they were added in."""
        return tuple(sorted(self.strata.items()))

    def to_json(self) -> dict:
        return written(self)

    @classmethod
    def from_json(cls, document: dict, kinds: Mapping[str, Callable]) -> "Strata":
        """Read strictly; kinds: the name of each kind of table -> how it is read."""
        of = document.get("of") if isinstance(document, dict) else None
        if of not in tuple(kinds):
            raise NotATable(f"the strata are of one of {', '.join(kinds)}")
        return cls(**read_keys(cls, document, of=read_text, strata=lambda each: read_mapping(each, read=kinds[of])))

"""Joint counts: how often each pattern of values occurs together. The table behind what moments alone cannot tell."""

from collections.abc import Mapping
from dataclasses import dataclass

from .documents import NotATable, TablesDiffer, read_integers, read_keys, read_matrix, read_texts, written


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """patterns: each the scaled integers in the order of `names`, then how many procedures have them; ascending.

    Before and after of a short scale in two groups are at most a few hundred patterns; with a covariate measured finely
    (an age in days, say) there are as many as procedures, and the table is then the data themselves without names.
    """

    names: tuple[str, ...]
    decimals: tuple[int, ...]
    patterns: tuple[tuple[int, ...], ...]

    def __add__(self, other: "Pairs") -> "Pairs":
        if self.names != other.names:
            raise TablesDiffer(f"patterns of {self.names} and of {other.names} do not add up")
        decimals = tuple(map(max, self.decimals, other.decimals))
        together: dict[tuple[int, ...], int] = {}
        for *values, many in (*self.rescaled(decimals).patterns, *other.rescaled(decimals).patterns):
            together[tuple(values)] = together.get(tuple(values), 0) + many
        return Pairs(names=self.names, decimals=decimals, patterns=in_order(together))

    def rescaled(self, decimals: tuple[int, ...]) -> "Pairs":
        """The same patterns with finer scaling; decimals may only grow."""
        if decimals == self.decimals:
            return self
        by = [*(10 ** (new - old) for new, old in zip(decimals, self.decimals, strict=True)), 1]
        finer = (tuple(x * f for x, f in zip(pattern, by, strict=True)) for pattern in self.patterns)
        return Pairs(names=self.names, decimals=decimals, patterns=tuple(finer))

    def to_json(self) -> dict:
        return written(self)

    @classmethod
    def from_json(cls, document: dict) -> "Pairs":
        read = cls(**read_keys(cls, document, names=read_texts, decimals=read_integers, patterns=read_matrix))
        width = len(read.names)
        if len(read.decimals) != width or any(len(pattern) != width + 1 for pattern in read.patterns):
            raise NotATable(f"a pattern has a value for each of {', '.join(read.names)}, and how many have it")
        if any(pattern[-1] < 1 for pattern in read.patterns):
            raise NotATable("a pattern that is listed occurs at least once")
        if any(one[:-1] >= two[:-1] for one, two in zip(read.patterns, read.patterns[1:], strict=False)):
            raise NotATable("patterns stand in ascending order, each once")
        return read


def in_order(counts: Mapping[tuple[int, ...], int]) -> tuple[tuple[int, ...], ...]:
    """pattern -> how many, as Pairs has them."""
    return tuple((*pattern, many) for pattern, many in sorted(counts.items()) if many)

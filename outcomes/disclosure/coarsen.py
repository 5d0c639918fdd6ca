"""Whole tables on a spec's coarser rung, so that they can be added to those of a site that sent bands only.

A band's value is its place among the bands: what is ranked or counted is exact for the coarser variable, and is said to
be of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from outcomes.stats.pairs import Pairs, in_order
from outcomes.stats.tables import Margin, Margins, Tables


def coarsen(tables: Tables, bands: Sequence[Mapping], names: Sequence[str] = ()) -> Tables:
    """The tables with each score as the place of its band. names: the columns of joint counts that are the score's."""
    return replace(tables, parts={name: coarsened(part, bands, names) for name, part in tables.parts.items()})


def coarsened(part: Any, bands: Sequence[Mapping], names: Sequence[str]) -> Any:
    if isinstance(part, Margin):
        counts = {group: banded(counts, part.decimals, bands) for group, counts in part.counts.items()}
        return replace(part, decimals=0, counts=counts)
    if isinstance(part, Margins):
        margins = {code: coarsened(part.at(code), bands, names) for code in part.counts}
        return replace(part, decimals=0, counts={code: margin.counts for code, margin in margins.items()})
    return pairs_of(part, bands, names) if isinstance(part, Pairs) else part


def banded(counts: Mapping[int, int], decimals: int, bands: Sequence[Mapping]) -> dict[int, int]:
    found: dict[int, int] = {}
    for value, count in counts.items():
        at = band_of(Fraction(value, 10**decimals), bands)
        found[at] = found.get(at, 0) + count
    return dict(sorted(found.items()))


def band_of(value: Fraction, bands: Sequence[Mapping]) -> int:
    """The place of a value's band; ValueError where it is in none."""
    for at, band in enumerate(bands):
        if Fraction(str(band["from"])) <= value <= Fraction(str(band["to"])):
            return at
    raise ValueError("a value is in none of the bands")


def pairs_of(part: Pairs, bands: Sequence[Mapping], names: Sequence[str]) -> Pairs:
    is_score = [name in names for name in part.names]
    together: dict[tuple[int, ...], int] = {}
    for *values, count in part.patterns:
        key = tuple(
            band_of(Fraction(value, 10**decimals), bands) if score else value
            for value, decimals, score in zip(values, part.decimals, is_score, strict=True)
        )
        together[key] = together.get(key, 0) + count
    decimals = tuple(0 if score else each for each, score in zip(part.decimals, is_score, strict=True))
    return replace(part, decimals=decimals, patterns=in_order(together))

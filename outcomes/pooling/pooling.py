"""The tables of several sites as one: each analysis of a spec over the sum, with what went into it. Pure.

A sum does not know in which order it was made: any order, any tree, a bundle twice give the same bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

from outcomes.disclosure.assembling import Hidden
from outcomes.disclosure.certified import certified
from outcomes.disclosure.reading import given, tables_from
from outcomes.pooling.about import about_of
from outcomes.pooling.bundle import COARSENED, SUPPRESSED, TRUSTED, Bundle
from outcomes.pooling.jcs import hash_of
from outcomes.pooling.spec import Spec
from outcomes.stats.documents import TablesDiffer, canonical
from outcomes.stats.tables import Tables

NOT_DETERMINED = "not_determined"
FEWEST, MOST_OF_ONE = 3, 0.8


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """One analysis of a sum. payload: canonical JSON. inputs: the bundles it was made of, sorted; missing: those of
    which it was not, {site: why}."""

    entry: Mapping
    payload: bytes
    exact: bool
    level: str
    inputs: tuple[str, ...]
    missing: Mapping[str, str] = field(default_factory=dict)


def pool(spec: Spec, bundles: Iterable[Bundle]) -> list[Pooled]:
    """Every analysis of the spec over the bundles, the same bundle counted once."""
    inputs = distinct(bundles)
    return [pooled(entry, spec, inputs) for entry in spec.entries]


def distinct(bundles: Iterable[Bundle]) -> list[Bundle]:
    """Each bundle once, in the order of its id."""
    found = {bundle.id: bundle for bundle in bundles}
    return [found[name] for name in sorted(found)]


def pooled(entry: Mapping, spec: Spec, bundles: Sequence[Bundle]) -> Pooled:
    """One analysis over the bundles that have it."""
    gone = {bundle.site: why_not(entry, bundle) for bundle in bundles if is_without(entry, bundle)}
    here = [bundle for bundle in bundles if bundle.site not in gone]
    payload, exact = answer(entry, spec, here)
    return Pooled(
        entry=dict(entry),
        payload=canonical(payload),
        exact=exact,
        level=level_of(here),
        inputs=tuple(bundle.id for bundle in here),
        missing=gone,
    )


def is_without(entry: Mapping, bundle: Bundle) -> bool:
    """Whether a site sends whole tables, and none of this analysis."""
    return bundle.is_trusted and not bundle.has(entry["id"])


def why_not(entry: Mapping, bundle: Bundle) -> str:
    return bundle.tables[entry["id"]].get("reason", "")


def answer(entry: Mapping, spec: Spec, bundles: Sequence[Bundle]) -> tuple[dict, bool]:
    """The kernel's answer to the sum, or what is certain of it where cells are hidden; and whether it is exact."""
    if why := too_few(bundles):
        return {NOT_DETERMINED: why}, False
    try:
        if all(bundle.is_trusted for bundle in bundles):
            return summed(entry, spec, [bundle.tables_of(entry["id"]) for bundle in bundles])
        found = certified(entry, spec, [given(bundle, entry["id"]) for bundle in bundles])
    except TablesDiffer:
        return {NOT_DETERMINED: "the sites' tables do not count the same thing"}, False
    except (ValueError, ArithmeticError, LookupError):  # signed, well formed, and still no table of any patients
        return {NOT_DETERMINED: "the sites' tables contradict themselves"}, False
    return found.payload, found.exact


def too_few(bundles: Sequence[Bundle]) -> str:
    """Why a sum in which a site hides cells would say too much of one of them; nothing where it would not."""
    if not bundles or level_of(bundles) == TRUSTED:
        return ""
    rows = rows_of(bundles)
    if len(rows) < FEWEST:
        return f"a site hides small counts, and with fewer than {FEWEST} sites one could work out what another sent"
    if max(rows.values()) > MOST_OF_ONE * sum(rows.values()):
        return f"a site hides small counts, and one site has more than {MOST_OF_ONE:.0%} of the rows"
    return ""


def rows_of(bundles: Iterable[Bundle]) -> dict[str, int]:
    """How many rows each site counted."""
    return {bundle.site: about_of(bundle).n for bundle in bundles}


def summed(entry: Mapping, spec: Spec, tables: Sequence[Tables]) -> tuple[dict, bool]:
    if not tables:
        return {NOT_DETERMINED: "no site has counted it"}, False
    return spec.analyses[entry["id"]][1].compute(reduce(add, tables)), True


def level_of(bundles: Iterable[Bundle]) -> str:
    """The level of what is made of several: that of the one which says least."""
    levels = {bundle.level for bundle in bundles}
    return next((level for level in (SUPPRESSED, COARSENED) if level in levels), TRUSTED)


def per_site(entry: Mapping, spec: Spec, bundles: Iterable[Bundle]) -> dict[str, Tables]:
    """Each site's own tables of an analysis, where what it sent tells them whole."""
    found = {bundle.site: tables_at(entry, spec, bundle) for bundle in distinct(bundles)}
    return {site: tables for site, tables in found.items() if isinstance(tables, Tables)}


def tables_at(entry: Mapping, spec: Spec, bundle: Bundle) -> Tables | Hidden | None:
    if bundle.is_trusted:
        return bundle.tables_of(entry["id"]) if bundle.has(entry["id"]) else None
    return None if bundle.level == COARSENED else tables_from(entry, spec, bundle.leaves)


def digest_of(spec: Spec, bundles: Iterable[Bundle]) -> str:
    """The name of a sum: its spec and what went into it."""
    return sum_of(spec.hash, [bundle.id for bundle in distinct(bundles)])


def sum_of(spec_hash: str, inputs: Iterable[str]) -> str:
    """The same from the names alone."""
    return hash_of({"spec": spec_hash, "inputs": sorted(inputs)}).removeprefix("sha256:")


def cautions(bundles: Sequence[Bundle]) -> list[str]:
    """What a reader must know of who is in a sum."""
    rows = rows_of(bundles)
    total, found = sum(rows.values()), []
    if len(rows) < FEWEST:
        found.append(
            f"Fewer than {FEWEST} sites contribute: a site can work out what the other sent by taking its own away."
        )
    largest = max(rows, key=rows.get, default=None)
    if len(rows) > 1 and total and rows[largest] > MOST_OF_ONE * total:
        found.append(
            f"{largest} has {rows[largest]} of {total} rows, more than {MOST_OF_ONE:.0%}: these are its numbers rather "
            "than those of all."
        )
    possible = sorted(each.site for each in bundles if each.document["overlap_declaration"] == "possible")
    if possible:
        found.append(f"Patients of {', '.join(possible)} may be at another site too, and then count twice.")
    return found

"""Tests within sites -> a table of the sites, and under it the test that adds them up."""

from collections.abc import Mapping

from reports import phrases, questions, wording
from reports.evidence import STRATA, columns, notes, tested
from reports.layout import Row, Table, row, rows, source
from reports.manifest import Manifest
from reports.plain import shown
from reports.tables import refused

WITHIN = (
    "Each site is compared with itself; the test adds the sites up, so that differences between sites do not count."
)


def by_site(result: Mapping, manifest: Manifest) -> Table:
    """site | what each site brings to the test."""
    payload = result["payload"]
    strata = [stratum for stratum in payload.get("strata") or [] if isinstance(stratum, Mapping)]
    names = [*dict.fromkeys(name for stratum in strata for name in stratum if name != "site")]
    empty = refused("All sites", wording.not_estimable(payload) or "no site has both groups", len(names) or 1)
    parts = (part for part in ("homogeneity", "heterogeneity") if isinstance(payload.get(part), Mapping))
    return Table(
        title=phrases.question(result["entry"], manifest),
        columns=columns("Site", *((STRATA.get(name, wording.heading(name)) for name in names) if names else ["n"])),
        groups=rows(*([stratum_row(stratum, names) for stratum in strata] or [empty])),
        notes=notes(
            tested(payload, manifest),
            *(tested(payload[part], manifest, part) for part in parts),
            WITHIN,
            questions.left_out(payload, manifest),
        ),
        sources=(source(result),),
    )


def stratum_row(stratum: Mapping, names: list[str]) -> Row:
    return row(wording.heading(stratum.get("site", "")), *(stratum_cell(stratum.get(name)) for name in names))


def stratum_cell(value) -> str:
    """A number; numbers by group as 'complex 5, simple 6'; an estimate with its interval."""
    if isinstance(value, Mapping) and "estimate" in value:
        return wording.interval(value, 2)
    if isinstance(value, Mapping):
        reason = wording.not_estimable(value)
        return reason or ", ".join(f"{wording.plain(name)} {shown(inner)}" for name, inner in value.items())
    return shown(value)

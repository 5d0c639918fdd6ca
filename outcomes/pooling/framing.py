"""A site's columns as the spec frames them, and the tables that they give: the same everywhere, whatever else is there.

A variable of the spec of which nobody here has a value is a column of missing, as it would be if all rows stood
together. An instrument that the site does not ask for is not here: then nothing is counted, and it is said why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from outcomes.columns import Column, Columns
from outcomes.freeze import Frozen, columns_of
from outcomes.plans.errors import PlanError
from outcomes.plans.fit import named
from outcomes.pooling.spec import Spec, meaning
from outcomes.stats.tables import Tables


@dataclass(frozen=True)
class NotHere:
    """An analysis for which the site has no variable."""

    reason: str


def counted(spec: Spec, frozen: Frozen) -> dict[str, Tables | NotHere]:
    """Each analysis of the spec, counted over a freeze's rows."""
    columns = framed(columns_of(frozen), spec)
    return {name: counted_one(entry, each, columns, frozen.manifest) for name, (entry, each) in spec.analyses.items()}


def counted_one(entry: Mapping, analysis, columns: Columns, manifest: Mapping) -> Tables | NotHere:
    absent = not_asked(entry, manifest)
    if absent:
        return NotHere(f"this site does not ask for {' or '.join(absent)}")
    try:
        return analysis.tabulate(columns)
    except PlanError as error:  # a variable that holds something else here; what it holds stays here
        return NotHere(f"{error.field} {error.value!s} is kept here in a way that this analysis cannot count")


def not_asked(entry: Mapping, manifest: Mapping) -> list[str]:
    """The instruments that an entry names and the site's studies do not ask for."""
    wanted = dict.fromkeys(name for what, name in named(entry) if what == "instrument")
    return [name for name in wanted if name not in manifest["instruments"]]


def framed(columns: Columns, spec: Spec) -> Columns:
    """The columns that the spec knows, no more and no less; one that nobody has is a column of missing."""
    document, rows = spec.document, columns.rows
    empty = Column.empty(rows)
    codes = {timepoint["code"]: timepoint["order"] for timepoint in document["timepoints"]}
    known = {key: column for key, column in columns.scores.items() if key[0] in spec.instruments and key[1] in codes}
    return replace(
        columns,
        timepoints=codes,
        instruments=tuple(spec.instruments),
        scores=known,
        deceased={key: dead for key, dead in columns.deceased.items() if key in known},
        covariates={name: columns.covariates.get(name, empty) for name in document["covariates"]},
        survival={name: columns.survival.get(name, (empty, empty)) for name in document["survival"]},
        units={name: columns.units.get(name, ()) for name in document["survival"]},
    )


def differences(spec: Spec, manifest: Mapping) -> list[str]:
    """In words: where a freeze does not pick or measure as the spec says. Empty where it does."""
    return [*_of_cohort(spec, manifest), *_of_timepoints(spec, manifest), *_of_instruments(spec, manifest)]


def _of_cohort(spec: Spec, manifest: Mapping) -> list[str]:
    document, found = spec.document, []
    if whom(document["cohort"]["rule"]) != whom(manifest["cohort"]["rule"]):
        found.append("The freeze's cohort picks by another rule than the spec.")
    if document["unit"] != manifest["unit"]:
        found.append(f"A row of the spec is a {document['unit']}, a row of the freeze is a {manifest['unit']}.")
    if document["cohort"]["preset"] != manifest["preset"]:
        found.append("The freeze's variables are grouped as another paper groups them.")
    return found


def whom(rule: Mapping) -> dict:
    """A rule without what it says of sites: each site is one of them."""
    return {key: value for key, value in rule.items() if key != "sites"} | {
        "procedures": rule.get("procedures", "index")
    }


def _of_timepoints(spec: Spec, manifest: Mapping) -> list[str]:
    was, now = ({each["code"]: each for each in side["timepoints"]} for side in (spec.document, manifest))
    found = [f"The schedule here has no timepoint {code}." for code in was if code not in now]
    found += [f"The schedule here has a timepoint {code}, which the spec has not." for code in now if code not in was]
    for code in was.keys() & now.keys():
        parts = [part for part in ("order", "kind", "target_day", "window") if was[code][part] != now[code][part]]
        found += [f"The timepoint {code} has another {part.replace('_', ' ')} here." for part in parts]
    return sorted(found)


def _of_instruments(spec: Spec, manifest: Mapping) -> list[str]:
    there = manifest["instruments"]
    return [
        f"The instrument {key} means something else here than in the spec."
        for key, about in spec.instruments.items()
        if key in there and meaning(about) != meaning(there[key])
    ]

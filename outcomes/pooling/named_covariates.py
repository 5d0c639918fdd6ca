"""Which covariates a spec tells of, and which of their levels: what its analyses name, and what patients share.

A study's own columns come from anybody's file: a level may be a date, a device's number or a remark about one patient.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

import numpy as np

from outcomes.columns import Category
from outcomes.disclosure.leaves import patients_of
from outcomes.freeze import Frozen, columns_of
from outcomes.plans.fit import named
from registry.profiles import telling
from registry.profiles.covariates import is_age
from registry.profiles.vocabulary import is_known

# Where an entry takes a number's values as groups.
GROUPS = ("by", "row", "col", "group", "var")
AN_AGE = f"{telling.WITHHELD}it holds ages over 89."
OLDEST = 89
FEWEST = 2


class TellingLevel(ValueError):
    """A variable whose levels may say who a patient is, in words: which, why, and what to do."""


def named_covariates(frozen: Frozen, entries: list[dict]) -> dict[str, dict]:
    """What a spec says of the covariates that its entries or the arm name; nothing of any other.

    The levels of a number are told where they are groups that patients share. TellingLevel where those of a category
    may say who somebody is.
    """
    wanted, groups = names_in(entries, frozen.manifest["arm"])
    there, who = frozen.manifest["covariates"], Patients(frozen)
    found = {}
    for name in sorted(name for name in there if name in wanted):
        about = there[name]
        why = who.why_not(name, about, is_arm=name == frozen.manifest["arm"])
        if why and about["kind"] == "category":
            raise TellingLevel(in_words(name, about, why))
        told = about["kind"] == "category" or (name in groups and not why)
        found[name] = about if told else about | {"levels": None}
    return found


def names_in(entries: list[dict], arm: str | None) -> tuple[set[str], set[str]]:
    """The covariates that are named, and those of them that are named as groups."""
    wanted = {name for entry in entries for what, name in named(entry) if what == "covariate"} | {arm}
    groups = {value for entry in entries for key in GROUPS if isinstance(value := entry.get(key), str)}
    return wanted, groups | {name for entry in entries for name in entry.get("subset", {})} | {arm}


def in_words(name: str, about: Mapping, why: str) -> str:
    reason = why.removeprefix(telling.WITHHELD).rstrip(".")
    return (
        f"covariates.{name}: the levels of {about['label']} would stand in the spec for every site to read, "
        f"and {reason}. Leave out the analyses that name it, or give it levels that patients share and freeze again."
    )


class Patients:
    """Whose the values of a freeze are: how many patients have each level."""

    def __init__(self, frozen: Frozen):
        self.covariates = columns_of(frozen).covariates
        self.numbers = set(frozen.procedures["|study_number"].drop_null().to_pylist())
        self.whose = np.array(patients_of(frozen).to_pylist(), dtype=object)

    def levels(self, name: str) -> Counter:
        """Each level with the number of its patients."""
        found: Category = self.covariates[name].as_category()
        there = np.flatnonzero(found.present)
        pairs = {(found.levels[found.codes[row]], self.whose[row]) for row in there}
        return Counter(level for level, _ in pairs)

    def why_not(self, name: str, about: Mapping, *, is_arm: bool) -> str:
        """Why the levels of a covariate stay where they are; empty where they may be told."""
        found = self.levels(name)
        if is_age({"name": name, "label": about["label"]}) and any(map(is_old, found)):
            return AN_AGE
        if about["kind"] == "number":
            alone = any(n < FEWEST for n in found.values())
            return telling.IS_A_RECORD if alone else telling.levels(found, self.numbers)
        if all(map(is_known, found)):
            return ""
        return telling.levels(found, self.numbers, is_arm=is_arm)


def is_old(level: str) -> bool:
    return level.replace(".", "", 1).isdecimal() and Decimal(level) > OLDEST


def as_the_spec_says(document: Mapping, manifest: Mapping) -> Iterator[tuple[str, Mapping]]:
    """What a bundle says of its covariates: those of the spec that the site has, as the spec says them."""
    for name, about in document["covariates"].items():
        if name in manifest["covariates"]:
            yield name, about

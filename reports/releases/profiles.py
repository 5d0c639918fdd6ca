"""Under which profile rows leave: what each takes out of a freeze, in words, and the hash that names it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from outcomes.freeze import Frozen
from outcomes.pooling.jcs import hash_of
from outcomes.variables.variable import STUDY
from outcomes.wide import decimals_of
from registry.profiles.covariates import FIRST_YEAR, LONG, says_age
from registry.profiles.telling import IS_A_DATE, IS_A_RECORD
from reports.data.deidentified import OLDEST, TOPCODED, notes_of

VERSION = 1
FEWEST = 5
PLAIN_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


@dataclass(frozen=True, kw_only=True)
class ReleaseProfile:
    """keeps: what it leaves in of what a stricter one takes out. fewest: how many patients have to be alike."""

    name: str
    fewest: int
    words: tuple[str, ...]
    keeps: frozenset[str] = frozenset()

    @property
    def hash(self) -> str:
        """Names what the profile does, so that a change of it is seen."""
        about = {"name": self.name, "version": VERSION, "fewest": self.fewest, "oldest_age": OLDEST}
        return hash_of(about | {"does": list(self.words), "keeps": sorted(self.keeps)})

    def notes(self, frozen: Frozen) -> dict[str, str]:
        """What is done to each covariate that is changed, by name."""
        notes = notes_of(frozen)
        notes |= {name: note for name, note in of_numbers(frozen).items() if notes.get(name, TOPCODED) == TOPCODED}
        return {name: note for name, note in sorted(notes.items()) if not self.is_kept(frozen, name, note)}

    def is_kept(self, frozen: Frozen, name: str, note: str) -> bool:
        """Whether this profile tells what a stricter one would change; of typed texts, dates and nothing beside."""
        if note not in self.keeps:
            return False
        if frozen.manifest["covariates"][name]["kind"] == "number":
            return True
        return all(PLAIN_DATE.fullmatch(cell) for cell in frozen.procedures[name].to_pylist() if cell is not None)


ALWAYS = (
    "Patients have codes made by chance for this recipient; no study number is in any file.",
    "What a study typed itself and may say who somebody is is empty, and the codebook says why.",
    "A freeze holds no date: times are days or months from the procedure.",
)
SAFE_HARBOR = ReleaseProfile(
    name="safe_harbor",
    fewest=FEWEST,
    words=(
        *ALWAYS,
        f"Ages of {OLDEST} and more stand as {OLDEST}.",
        "Dates and years that a study typed are empty.",
        f"Nothing is released where fewer than {FEWEST} patients are alike in age band, sex, tumour or fracture, "
        "procedure and its year, unless the sites lowered that under an agreement.",
    ),
)
LIMITED = ReleaseProfile(
    name="limited",
    fewest=1,
    words=(*ALWAYS, "Ages are as they are; dates and years that a study typed are told. It needs an agreement."),
    keeps=frozenset({TOPCODED, IS_A_DATE}),
)
PROFILES: Mapping[str, ReleaseProfile] = {each.name: each for each in (SAFE_HARBOR, LIMITED)}


def of_numbers(frozen: Frozen) -> dict[str, str]:
    """Numbers that a study types: ages by their label too, and what may be a year or the number of a record."""
    covariates = frozen.manifest["covariates"]
    typed = {name: about for name, about in covariates.items() if about["kind"] == "number" and is_typed(about)}
    ages = {name: TOPCODED for name, about in typed.items() if any(map(says_age, (name, about.get("label") or "")))}
    return ages | {name: IS_A_RECORD for name in typed if may_be_a_record(frozen, name)}


def is_typed(about: Mapping) -> bool:
    return about.get("where", STUDY) == STUDY


def may_be_a_record(frozen: Frozen, name: str) -> bool:
    """As for the rows that are pulled: more than half of the numbers are years or later, or one is of six digits."""
    column, scale = frozen.procedures[name].cast(pa.int64()), 10 ** decimals_of(frozen.procedures, name)
    late, long = (pc.sum(pc.greater_equal(column, limit * scale)).as_py() or 0 for limit in (FIRST_YEAR, LONG))
    return late * 2 > len(column) - column.null_count or long > 0

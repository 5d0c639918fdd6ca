"""What a profile may tell of a report's results: nothing that says who somebody is, and no age above the oldest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outcomes.analyses.run import run
from outcomes.freeze import Frozen, columns_of
from outcomes.plans.fit import named
from outcomes.stats.documents import canonical
from reports import wording
from reports.data import changes, deidentified, secret
from reports.data.deidentified import TOPCODED
from reports.models import Document


@dataclass(frozen=True)
class Told:
    """The results that the files hold; `notes` say what is not in them, or is cut."""

    results: list[Mapping]
    notes: tuple[str, ...] = ()


def told(results: Sequence[Mapping], frozen: Frozen, profile: str) -> Told:
    """Results as they are for who sees the patients' own rows; else computed of the rows that a file may hold."""
    changed = {} if profile == Document.Profile.IDENTIFIED else changes(frozen)
    if not changed:
        return Told([*results])
    withheld = {name: why for name, why in changed.items() if why != TOPCODED}
    shown = columns_of(deidentified(frozen, secret(frozen.digest)))
    kept = [again(each, shown, changed) for each in results if not reads(each, withheld)]
    return Told(kept, tuple(notes(changed, withheld, len(results) - len(kept))))


def reads(result: Mapping, columns: Mapping[str, str]) -> bool:
    """Whether a result's entry names one of these covariates."""
    return any(what == "covariate" and name in columns for what, name in named(result["entry"]))


def again(result: Mapping, shown, changed: Mapping[str, str]) -> Mapping:
    """The result, computed again of ages that are cut where it reads one."""
    if not reads(result, changed):
        return result
    return {**result, "payload": json.loads(canonical(run(result["entry"], shown)))}


def notes(changed: Mapping[str, str], withheld: Mapping[str, str], left_out: int):
    """What these files leave out or cut, in words."""
    if len(withheld) < len(changed):
        yield f"{TOPCODED} The numbers of these files are those of the ages so cut."
    if withheld and left_out:
        names = wording.listed(wording.plain(name) for name in withheld)
        yield (
            f"{wording.counted(left_out, 'analysis', 'analyses')} of {names} "
            f"{'is' if left_out == 1 else 'are'} not in these files: what was typed there may say who somebody is."
        )

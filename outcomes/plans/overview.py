"""The default report plan of any cohort, made from a freeze's manifest."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from outcomes.plans.characteristics import characteristics

OVERVIEW = "_overview"
SHOWN_STATUSES = ("active", "draft")


def overview(manifest: Mapping) -> dict:
    """Describe who the patients were and what was done, and each instrument over time; compare its timepoints, compare
    the arms where the cohort has any, and describe the subgroups that its rule names, without a test.

    Instruments that are part of a total are left to the total. What a reviewer would ask stands beside. A plan as
    check_plan takes it.
    """
    measured = [entry for key in _instruments(manifest) for entry in _of_instrument(key, manifest)]
    analyses = [*characteristics(manifest), *measured] if measured else []
    name = f"{manifest['cohort']['slug']}{OVERVIEW}"
    return {"name": name, "preset": "modern", "beside": True, "analyses": analyses}


def _instruments(manifest: Mapping) -> Iterator[str]:
    for key, instrument in manifest["instruments"].items():
        if instrument["status"] in SHOWN_STATUSES and not instrument.get("part_of"):
            yield key


def _of_instrument(key: str, manifest: Mapping) -> Iterator[dict]:
    codes = timepoints_of(key, manifest)
    if codes:
        yield {"id": f"{key}_over_time", "type": "describe_by_timepoint", "instrument": key}
    if len(codes) > 1:
        yield {"id": f"{key}_timepoints_compared", "type": "kruskal_dunn", "instrument": key}
    for later in codes[1:]:
        change = {"instrument": key, "pre": codes[0], "post": later}
        yield {"id": f"{key}_{codes[0]}_to_{later}", "type": "wilcoxon_paired", **change}
    if codes and manifest.get("arm"):
        yield from _by_arm(key, codes, manifest["arm"], manifest)
    for subgroup in subgroups_of(manifest) if codes else ():
        described = {"instrument": key, "by": subgroup}
        yield {"id": f"{key}_over_time_by_{subgroup}", "type": "describe_by_timepoint", **described}


def _by_arm(key: str, codes: list[str], arm: str, manifest: Mapping) -> Iterator[dict]:
    yield {"id": f"{key}_over_time_by_{arm}", "type": "describe_by_timepoint", "instrument": key, "by": arm}
    if len(manifest["covariates"].get(arm, {}).get("levels", ())) == 2:
        for code in codes:
            at = {"instrument": key, "timepoint": code, "by": arm}
            yield {"id": f"{key}_{code}_by_{arm}", "type": "mannwhitney", **at}
    if is_yes_no(manifest["instruments"][key]):
        for code in codes:
            yes = {"instrument": key, "timepoint": code, "eq": 1}
            yield {"id": f"{key}_{code}_yes_by_{arm}", "type": "crosstab", "row": arm, "col": yes}


def subgroups_of(manifest: Mapping) -> list[str]:
    """The subgroups of the cohort's rule of which anybody's level is known; the arm is described already."""
    named = dict.fromkeys(manifest["cohort"].get("rule", {}).get("subgroups") or ())
    covariates, arm = manifest["covariates"], manifest.get("arm")
    return [name for name in named if name != arm and covariates.get(name, {}).get("levels")]


def timepoints_of(key: str, manifest: Mapping) -> list[str]:
    """The timepoints at which anyone has a value or a coded reason, in the schedule's order.

    The manifest counts the missing of each such timepoint, if only as nobody; where all are without a record, the
    schedule did not ask for the instrument, or nobody got so far.
    """
    missing, procedures = manifest["missing"].get(key, {}), manifest["flow"]["procedures"]
    in_order = sorted(manifest["timepoints"], key=lambda timepoint: timepoint["order"])
    codes = [timepoint["code"] for timepoint in in_order if timepoint["code"] in missing]
    return [code for code in codes if missing[code].get("no_record", 0) < procedures]


def is_yes_no(instrument: Mapping) -> bool:
    limits = [instrument.get(name) for name in ("minimum", "maximum", "step")]
    return None not in limits and [Decimal(limit) for limit in limits] == [0, 1, 1]

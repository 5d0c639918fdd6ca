"""What the bundles of a sum say of their data as one manifest: who is in, what is missing, at which sites. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from outcomes.columns import ordered_levels
from outcomes.pooling.about import ROWS, About
from outcomes.pooling.spec import Spec

NO_RECORD = "no_record"
SCREENED = ("screened", "ineligible", "pending", "not_entered")


def manifest_of(spec: Spec, abouts: Sequence[About], *, slug: str, name: str) -> dict:
    """The manifest of a sum, as a freeze's is: instruments, timepoints and covariates as the spec has them."""
    frame = spec.manifest_frame()
    whole = [about.raw for about in abouts if about.is_whole]
    return frame | {
        "cohort": frame["cohort"] | {"slug": slug, "name": name},
        "sites": sorted(about.site for about in abouts),
        "studies": studies_of(abouts, slug, name),
        "covariates": {key: covariate(about, key, whole) for key, about in frame["covariates"].items()},
        "survival": {key: survival(about, key, whole) for key, about in frame["survival"].items()},
        "flow": flow_of(abouts, frame["unit"]),
        "missing": missing_of(abouts, frame["instruments"]),
    }


def studies_of(abouts: Sequence[About], slug: str, name: str) -> list[dict]:
    """The studies that whole bundles name, each once; sites that hide cells do not name theirs."""
    found = {study["slug"]: dict(study) for about in abouts if about.is_whole for study in about.raw["studies"]}
    for about in abouts:
        if not about.is_whole:
            found.setdefault(slug, {"slug": slug, "name": name, "synthetic": False})["synthetic"] |= about.is_synthetic
    for about in abouts:
        for study in about.raw["studies"] if about.is_whole else ():
            found[study["slug"]]["synthetic"] |= study["synthetic"]
    return [found[key] for key in sorted(found)]


def covariate(about: Mapping, key: str, whole: Iterable[Mapping]) -> dict:
    """What the spec says of a variable, and the levels that only some sites have."""
    theirs = [raw["covariates"][key] for raw in whole if key in raw["covariates"]]
    labels = {code: words for one in theirs for code, words in (one.get("labels") or {}).items()}
    levels = about["levels"]
    if levels is not None and about["kind"] == "category":
        levels = list(ordered_levels([*levels, *(level for one in theirs for level in one.get("levels") or ())]))
    return dict(about) | {"levels": levels, "labels": labels | (about["labels"] or {})}


def survival(about: Mapping, key: str, whole: Iterable[Mapping]) -> dict:
    units = {unit for raw in whole for unit in raw["survival"].get(key, {}).get("units", ())}
    return dict(about) | {"units": sorted(units | set(about["units"]))}


def flow_of(abouts: Sequence[About], unit: str) -> dict:
    """Who was enrolled, left out and counted. Of a site that hides cells no more is known than how many it counted."""
    flows = [about.raw["flow"] if about.is_whole else counted_alone(about, unit) for about in abouts]
    found = {name: sum(flow[name] for flow in flows) for name in ("enrolled", "patients", "procedures")}
    for name in ("fractures", "considered"):
        if any(name in flow for flow in flows):
            found[name] = sum(flow.get(name, 0) for flow in flows)
    found |= left_out_of(flows)
    logs = [flow["screening"] for flow in flows if flow.get("screening")]
    if logs:
        found["screening"] = {name: sum(log.get(name, 0) for log in logs) for name in SCREENED}
    return found


def counted_alone(about: About, unit: str) -> dict:
    flow = {"enrolled": about.n, "patients": about.n, "procedures": about.n, "left_out": []}
    return flow | {ROWS[unit]: about.n}


def left_out_of(flows: Sequence[Mapping]) -> dict:
    """The reasons before any condition was asked, then the conditions with theirs, in the order of the conditions."""
    before: dict[str, int] = {}
    steps: dict[str, dict] = {}
    for flow in flows:
        mine = flow.get("steps", [])
        own = sum((step["n"] > 0) + (step.get("unknown", 0) > 0) for step in mine)
        first = max(len(flow["left_out"]) - own, 0)
        for each in flow["left_out"][:first]:
            before[each["reason"]] = before.get(each["reason"], 0) + each["n"]
        reasons = iter(flow["left_out"][first:])
        for step in mine:
            add_step(steps, step, reasons)
    told = [{"reason": reason, "n": n} for reason, n in before.items()]
    for step in steps.values():
        told += [
            {"reason": step[why], "n": step[n]} for n, why in (("n", "why"), ("unknown", "why_unknown")) if step[n]
        ]
    kept = [{name: step[name] for name in ("criterion", "n", "unknown")} for step in steps.values()]
    return {"left_out": told} | ({"steps": kept} if kept else {})


def add_step(steps: dict[str, dict], step: Mapping, reasons: Iterable[Mapping]) -> None:
    """Add one site's condition; the reason in words follows in the list where anybody fell out by it."""
    criterion = step["criterion"]
    kept = steps.setdefault(criterion, {"criterion": criterion, "n": 0, "unknown": 0})
    for n, why in (("n", "why"), ("unknown", "why_unknown")):
        kept.setdefault(why, criterion)
        if step.get(n, 0):
            kept[n] += step[n]
            kept[why] = next(reasons, {"reason": criterion})["reason"]


def missing_of(abouts: Sequence[About], instruments: Iterable[str]) -> dict:
    """Per instrument and timepoint, how many have no value and why; nothing where a site does not tell it whole.

    Where a site recorded nothing of a timepoint, nobody of it has a record there: as if all rows stood together.
    """
    if not all(about.is_whole for about in abouts):
        return {}
    return {key: missing_at(key, abouts) for key in instruments}


def missing_at(key: str, abouts: Sequence[About]) -> dict[str, dict[str, int]]:
    codes = sorted({code for about in abouts for code in about.raw["missing"].get(key, {})})
    return {code: dict(sorted(reasons_at(key, code, abouts).items())) for code in codes}


def reasons_at(key: str, code: str, abouts: Sequence[About]) -> dict[str, int]:
    found: dict[str, int] = {}
    for about in abouts:
        named = about.raw["missing"].get(key, {}).get(code)
        for reason, n in ({NO_RECORD: about.n} if named is None else named).items():
            found[reason] = found.get(reason, 0) + n
    return found

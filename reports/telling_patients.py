"""Sentences on the patients and their operations: medians and shares with their denominators, groups beside each other.

A share is never given without its denominator; a variable that nobody has gives the upper limit that 0 of n leaves.
"""

from collections.abc import Iterator, Mapping, Sequence

from outcomes import presets
from outcomes.columns import ordered_levels
from reports import comparisons, profile, wording
from reports.evidence import percents
from reports.manifest import Manifest, capital

MOST_LEVELS = 3


def sizes_by_group(manifest: Manifest, mains: Sequence[Mapping]) -> str:
    """'By complexity: 7 complex and 7 simple.'"""
    arm = manifest.arm
    counted = [each for each in mains if each["type"] == "share_patient_var" and each["entry"]["var"] == arm]
    levels = (counted[0]["payload"].get("all") or {}).get("levels") if counted else None
    sizes = {level: cell["x"] for level, cell in levels.items()} if levels else described_sizes(arm, mains)
    if not sizes:
        return ""
    named = (f"{sizes[level]} {manifest.level(arm, level)}" for level in ordered_levels(sizes))
    return f"By {manifest.variable(arm)}: {wording.listed(named)}."


def described_sizes(arm: str | None, mains: Sequence[Mapping]) -> dict[str, int]:
    """How many each arm's descriptions are of, with a value or without."""
    found: dict[str, int] = {}
    for each in mains:
        if each["type"] in profile.KINDS and arm and each["entry"].get("by") == arm and not each["entry"].get("subset"):
            for level, cell in (each["payload"].get("by") or {}).items():
                found[level] = max(found.get(level, 0), profile.everyone(cell) or 0)
    return found


def characteristic(results: Sequence[Mapping], tests: Mapping, manifest: Manifest, preset: str) -> Iterator[str]:
    """A sentence each; those that nobody had in one sentence together."""
    nobody: dict[int, list[tuple[str, Mapping]]] = {}
    for result in results:
        if found := had_by_nobody(result):
            nobody.setdefault(found["n"], []).append((manifest.variable(result["entry"]["var"]), found))
            continue
        if words := described(result, tests, manifest, preset):
            yield words
    for n, members in nobody.items():
        upper = percents(members[0][1].get("clopper_pearson"))
        named = wording.listed(name for name, _ in members)
        yield f"No {either(named)} was recorded in {n} patients (0/{n}; exact 95 % interval {upper})."


def either(named: str) -> str:
    return named.replace(" and ", " or ")


def had_by_nobody(result: Mapping) -> Mapping | None:
    """The share of yes in all, where all of them are no."""
    levels = (result["payload"].get("all") or {}).get("levels") or {}
    if result["type"] == "share_patient_var" and list(levels) in (["no"], ["0"]):
        return profile.none_of(next(iter(levels.values())))
    return None


def described(result: Mapping, tests: Mapping, manifest: Manifest, preset: str) -> str:
    """All, or each group beside the other with the test of the two."""
    payload, entry = result["payload"], result["entry"]
    if wording.not_estimable(payload):
        return ""
    say = number if result["type"] == "describe_patient_var" else share_words(payload.get("levels") or [])
    var, by = entry["var"], entry.get("by")
    cells = {level: (payload.get("by") or {}).get(level) for level in payload.get("groups") or []}
    said = {level: say(cell, var, manifest, preset) for level, cell in cells.items() if cell}
    said = {level: words for level, words in said.items() if words}
    subject = capital(name_of(result, manifest))
    if len(said) < 2:
        words = say(payload.get("all") or {}, var, manifest, preset)
        return f"{subject}: {words}." if words else ""
    told = "; ".join(f"{manifest.level(by, level)} {words}" for level, words in said.items())
    return f"{subject}: {told}{test_words(tests.get((var, by)), manifest, preset)}."


def name_of(result: Mapping, manifest: Manifest) -> str:
    """'median age (years)', 'VTE'; a number is told by its median."""
    words = manifest.variable_heading(result["entry"]["var"])
    small = wording.within_text(words)
    return f"median {small}" if result["type"] == "describe_patient_var" else small


def number(cell: Mapping, var: str, manifest: Manifest, preset: str) -> str:
    """'70 (Q1 to Q3, 62 to 73; n = 14)'."""
    if not cell.get("n"):
        return ""
    q1, q3 = presets.quartiles(cell, preset)
    limits = f"{wording.short(q1, 1)} to {wording.short(q3, 1)}"
    return f"{wording.short(cell['median'], 1)} (Q1 to Q3, {limits}; n = {cell['n']})"


def share_words(levels: Sequence[str]):
    """How shares are said: a yes/no by its yes, other categories by their most frequent levels."""
    yes = profile.yes_of(levels)

    def say(cell: Mapping, var: str, manifest: Manifest, preset: str) -> str:
        found = {level: part for level, part in (cell.get("levels") or {}).items() if part["n"]}
        if not found:
            return ""
        if yes:
            part = found.get(yes[0]) or profile.none_of(found[yes[1]])
            return wording.share(part["x"], part["n"])
        most = sorted(found.items(), key=lambda item: -item[1]["x"])[:MOST_LEVELS]
        named = [f"{level_name(var, level, manifest)} {wording.share(part['x'], part['n'])}" for level, part in most]
        if len(found) <= MOST_LEVELS:
            return ", ".join(named)
        if is_ahead(most[0][1]["x"], most[1][1]["x"]):
            return f"most often {', '.join(named)}"
        return f"{', '.join(named)} and {len(found) - MOST_LEVELS} more"

    return say


def is_ahead(first: int, second: int) -> bool:
    """Whether a level is the most frequent: not where another is as frequent, nor where it is of one patient."""
    return first > max(second, 1)


def level_name(var: str, level: str, manifest: Manifest) -> str:
    """'breast'; '1 in', because two numbers must not stand side by side."""
    name = manifest.level(var, level)
    return f"{name} in" if name[-1:].isdigit() else name


def test_words(test: Mapping | None, manifest: Manifest, preset: str) -> str:
    """' (Mann-Whitney test, corrected for ties: p = 0.009; Hodges-Lehmann difference, a minus b, 175 (60 to 280))'."""
    if test is None or wording.not_estimable(test["payload"]):
        return ""
    quoted, payload = comparisons.quoted_for(test, preset), test["payload"]
    if quoted.p is None:
        return ""
    words = f" ({quoted.test}: {wording.p_value(quoted.p)}"
    shift = payload.get("hodges_lehmann")
    if shift and not wording.not_estimable(shift):
        first, second = (manifest.level(test["entry"]["by"], level) for level in payload["groups"])
        words += f"; Hodges-Lehmann difference, {first} minus {second}, {wording.interval(shift, 1, wording.short)}"
    return f"{words}{'' if quoted.p < 0.05 else '; no difference was shown'})"

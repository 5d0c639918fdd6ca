"""Sentences on two groups: scores at timepoints, changes, and differences given where each patient started."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from outcomes import presets
from reports import phrases, wording
from reports.manifest import Manifest
from reports.sentences import USUAL, ci, p_range, reaching, small

FEWEST = 3  # a group of fewer is not compared in a sentence; the tables keep its p
MOST_TOLD = 2  # so many comparisons that showed nothing are told one by one; more stand in the table
Results = Sequence[Mapping]


def groups_at(results: Results, manifest: Manifest, preset: str) -> Iterator[str]:
    """Two groups at each timepoint: those shown to differ, those not, those that could not be tested."""
    yield from two_groups(results, manifest, preset, lambda entry: manifest.at(entry["timepoint"]), "scores")


def groups_changes(results: Results, manifest: Manifest, preset: str) -> Iterator[str]:
    def when(entry: Mapping) -> str:
        return f"from {small(manifest.timepoint(entry['pre']))} to {small(manifest.timepoint(entry['post']))}"

    yield from two_groups(results, manifest, preset, when, "changes")


def two_groups(results: Results, manifest: Manifest, preset: str, when: Callable, what: str) -> Iterator[str]:
    alike: dict[tuple, list[Mapping]] = {}
    for result in results:
        alike.setdefault((result["entry"]["by"], manifest.subset(result["entry"].get("subset"))), []).append(result)
    for (by, only), mine in alike.items():
        tested = [each for each in mine if not wording.not_estimable(each["payload"])]
        few = [each for each in tested if is_of_few([*each["payload"]["n"].values()])]
        enough = [each["payload"] for each in tested if each not in few]
        named = wording.listed(dict.fromkeys(presets.mann_whitney(each, preset).test for each in enough))
        between = f"Between {groups_of(by, manifest)}"
        told = [each for each in mine if each not in few]
        yield from one_comparison(f"{between}{within(only, named)}, {what}", told, manifest, preset, when)
        if few:
            at = wording.listed(f"{when(each['entry'])} ({numbers(each)})" for each in few)
            yield f"{between}{within(only)}, {what} were too few to compare {at}."


def within(*told: str) -> str:
    """' (site = north; Mann-Whitney test)'; '' where there is nothing to tell."""
    words = "; ".join(filter(None, told))
    return f" ({words})" if words else ""


def is_of_few(sizes: Sequence[int]) -> bool:
    """Whether a group is too small for its comparison to be told; no sizes are no comparison."""
    return bool(sizes) and min(sizes) < FEWEST


def numbers(result: Mapping) -> str:
    """'7 and 2'."""
    payload = result["payload"]
    return wording.listed(str(payload["n"][level]) for level in payload["groups"])


def groups_of(by: str, manifest: Manifest) -> str:
    name = manifest.variable(by)
    return "the groups" if name == "group" else f"groups of {name}"


def one_comparison(head: str, results: Results, manifest: Manifest, preset: str, when: Callable) -> Iterator[str]:
    tested = [each for each in results if not wording.not_estimable(each["payload"])]
    quoted = [presets.mann_whitney(each["payload"], preset) for each in tested]
    told: dict[bool, list] = {True: [], False: []}
    for each, found in zip(tested, quoted, strict=True):
        told[found.p is not None and found.p < USUAL].append((each, found.p))
    if told[True]:
        yield f"{head} differed {wording.listed_apart(compared(*pair, manifest, when) for pair in told[True])}."
    if 0 < len(told[False]) <= MOST_TOLD:
        few = wording.listed_apart(compared(*pair, manifest, when) for pair in told[False])
        yield f"{head} were not shown to differ {few}."
    elif told[False]:
        at = wording.listed(when(each["entry"]) for each, _ in told[False])
        ps = p_range([p for _, p in told[False] if p is not None])
        yield f"{head} were not shown to differ {at} ({ps}; differences and intervals stand in the table)."
    if gone := [when(each["entry"]) for each in results if each not in tested]:
        yield f"{head} could not be compared {wording.listed(gone)}."


def compared(result: Mapping, p: float | None, manifest: Manifest, when: Callable) -> str:
    """'at 6 weeks (6 complex and 6 simple; difference 0.5 (95 % CI -1 to 2), p = 0.74)'."""
    size = f"{sizes(result, manifest)}; {difference(result, manifest)}{wording.p_value(p)}{shift_reaching(result, p)}"
    return f"{when(result['entry'])} ({size})"


def sizes(result: Mapping, manifest: Manifest) -> str:
    """'7 complex and 7 simple'."""
    by, payload = result["entry"]["by"], result["payload"]
    return wording.listed(f"{payload['n'][level]} {manifest.level(by, level)}" for level in payload["groups"])


def difference(result: Mapping, manifest: Manifest) -> str:
    payload, places = result["payload"], manifest.instrument(result["entry"]["instrument"]).places
    size = ci(payload.get("hodges_lehmann"), places)
    delta = ci(payload.get("cliffs_delta"), 2)
    if delta and (payload.get("hodges_lehmann") or {}).get("estimate") == 0:  # where most values are one, a shift is 0
        return f"Cliff's delta, {order_of(result, manifest)}, {delta}, "
    return f"Hodges-Lehmann difference, {order_of(result, manifest)}, {size}, " if size else ""


def shift_reaching(result: Mapping, p: float | None) -> str:
    """Whether the interval that is told reaches 0, p notwithstanding."""
    payload = result["payload"]
    shift = payload.get("hodges_lehmann")
    return reaching(payload.get("cliffs_delta") if (shift or {}).get("estimate") == 0 else shift, p)


def order_of(result: Mapping, manifest: Manifest) -> str:
    """'complex minus simple'."""
    return " minus ".join(manifest.level(result["entry"]["by"], level) for level in result["payload"]["groups"])


def covariance(results: Results, manifest: Manifest, preset: str) -> Iterator[str]:
    """Each adjusted difference; why there is none."""
    for result in results:
        if reason := wording.not_estimable(result["payload"]):
            yield f"{phrases.question(result['entry'], manifest)}: {reason}."
        else:
            yield given_the_start(result, manifest)


def sizes_given_the_start(result: Mapping) -> list[int]:
    """How many of the group and how many of the others have every value."""
    groups = result["payload"].get("groups") or {}
    of_level = groups.get(str(result["payload"].get("compared", {}).get("1")), 0)
    return [of_level, sum(groups.values()) - of_level] if groups else []


def given_the_start(result: Mapping, manifest: Manifest) -> str:
    payload, entry = result["payload"], result["entry"]
    only = manifest.subset(entry.get("subset"))
    if is_of_few(few := sizes_given_the_start(result)):
        who = f"Given the earlier value{within(only)}, {groups_of(entry['group'], manifest)}"
        return f"{who} were too few to compare {manifest.at(entry['post'])} ({wording.listed(map(str, few))})."
    size = ci(payload.get("effect"), manifest.instrument(entry["instrument"]).places)
    group = manifest.level(entry["group"], entry["group_level"])
    shown = "; no difference was shown" if payload["p"] >= USUAL else ""
    others = wording.listed(map(manifest.variable, entry.get("covariates") or []))
    return (
        f"Given the earlier value{f' and {others}' if others else ''}{f' ({only})' if only else ''}, the difference "
        f"{manifest.at(entry['post'])} ({group} minus the others) was {size} "
        f"(ANCOVA, n = {payload['n']}, {wording.p_value(payload['p'])}{shown})."
    )

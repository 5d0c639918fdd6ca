"""Sentences on one instrument: its course, the tests of timepoints, of changes within patients and between groups."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from outcomes import presets
from outcomes.columns import ordered_levels
from reports import phrases, questions, wording
from reports.evidence import effect
from reports.figures import by_arm
from reports.manifest import Instrument, Manifest, capital
from reports.sentences import USUAL, ci, reaching, shown_or_not, small
from reports.telling_groups import covariance, groups_at, groups_changes

SELF_TOLD = ("normality",)
Results = Sequence[Mapping]


def group_sentences(results: Results, manifest: Manifest, preset: str) -> Iterator[str]:
    """The course first, then what was tested, in the order of a paper."""
    by_type: dict[str, list[Mapping]] = {}
    for result in results:
        by_type.setdefault(result["type"], []).append(result)
    for kind, tell in TELLERS.items():
        if kind in by_type:
            yield from tell(by_type.pop(kind), manifest, preset)
    for kind, mine in by_type.items():
        if kind not in SELF_TOLD:
            yield from (capital(told_of(each, manifest, preset)) for each in mine)


def courses(results: Results, manifest: Manifest, preset: str) -> Iterator[str]:
    """What was seen at each timepoint; by group only where nothing says it for all."""
    whole = [each for each in results if not each["entry"].get("by")]
    for result in whole or results:
        only = manifest.subset(result["entry"].get("subset"))
        for arm, at in by_arm(result["payload"], manifest).items():
            who = ", ".join(filter(None, [only, manifest.level(result["entry"].get("by"), arm) if arm else ""]))
            if words := course(manifest.instrument(result["entry"]["instrument"]), at, manifest, preset):
                yield f"{words[0]}{f' ({who})' if who else ''} was {words[1]}."


def course(instrument: Instrument, at: Mapping, manifest: Manifest, preset: str) -> tuple[str, str] | None:
    seen = {code: cell for code, cell in at.items() if cell.get("n")}
    if not seen:
        return None
    if instrument.is_yes_no and all("counts" in cell for cell in seen.values()):
        shares = (f"{wording.share(cell['counts'].get('1', 0), cell['n'])} {manifest.at(code)}"
                  for code, cell in seen.items())  # fmt: skip
        return instrument.name, f"yes in {wording.listed(shares)}"
    return f"Median {wording.within_text(instrument.name)}", wording.listed(
        point(cell, code, instrument, manifest, preset, first=not place)
        for place, (code, cell) in enumerate(seen.items())
    )


def point(cell: Mapping, code: str, instrument: Instrument, manifest: Manifest, preset: str, first: bool) -> str:
    """'7 (Q1 to Q3, 6 to 8; n = 14) preoperatively'."""
    q1, q3 = presets.quartiles(cell, preset)
    places = instrument.places
    limits = f"{wording.short(q1, places)} to {wording.short(q3, places)}"
    label = "Q1 to Q3, " if first else ""
    return f"{wording.short(cell['median'], places)} ({label}{limits}; n = {cell['n']}) {manifest.at(code)}"


def timepoints_compared(results: Results, manifest: Manifest, preset: str) -> Iterator[str]:
    for result in results:
        payload, only = result["payload"], manifest.subset(result["entry"].get("subset"))
        who = f" ({only})" if only else ""
        if reason := wording.not_estimable(payload):
            yield f"Timepoints{who} could not be compared: {reason.removeprefix('not estimable: ')}."
            continue
        statistic = f"H = {wording.fixed(payload['H'], 2)}, df = {payload['df']}"
        test = f"Kruskal-Wallis {statistic}, {wording.p_value(payload['p'])}"
        if payload["p"] < USUAL:
            yield f"Scores differed between timepoints{who} ({test}). {pairs_told(payload, manifest, preset)}".strip()
        else:
            yield f"No difference between timepoints{who} was shown ({test})."


def pairs_told(payload: Mapping, manifest: Manifest, preset: str) -> str:
    """The pairs below the usual line, with what adjustment there was; how many pairs there were."""
    pairs = [pair for pair in payload.get("dunn") or [] if not wording.not_estimable(pair)]
    quoted = [(pair, presets.dunn(pair, preset)) for pair in pairs]
    if not quoted:
        return ""
    below = [(pair, each.p) for pair, each in quoted if each.p is not None and each.p < USUAL]
    found = [f"{between(pair, manifest)} ({wording.p_value(p)})" for pair, p in below]
    total, test = wording.counted(len(quoted), "pair"), quoted[0][1].test
    if not found:
        return f"In none of {total} of timepoints was p below 0.05 ({test})."
    test += holm_leaves(pairs) if len(pairs) > 1 and "Holm" not in test else ""
    return f"In {len(found)} of {total} of timepoints p was below 0.05 ({test}): {wording.listed_apart(found)}."


def holm_leaves(pairs: Sequence[Mapping]) -> str:
    """'; two-sided with Holm's adjustment in 1 of 15', of pairs that are quoted unadjusted."""
    known = [pair["p_holm"] for pair in pairs if pair.get("p_holm") is not None]
    left = sum(p < USUAL for p in known)
    return f"; two-sided with Holm's adjustment in {left} of {len(known)}" if known else ""


def between(pair: Mapping, manifest: Manifest) -> str:
    return f"{small(manifest.timepoint(pair['a']))} and {small(manifest.timepoint(pair['b']))}"


def changes(results: Results, manifest: Manifest, preset: str) -> Iterator[str]:
    """Each pair of timepoints; the test's name once."""
    named = ""
    for result in results:
        entry, payload = result["entry"], result["payload"]
        instrument, only = manifest.instrument(entry["instrument"]), manifest.subset(entry.get("subset"))
        span = f"{small(manifest.timepoint(entry['pre']))} to {small(manifest.timepoint(entry['post']))}"
        who = f" ({only})" if only else ""
        if reason := wording.not_estimable(payload):
            yield f"The change from {span}{who} could not be tested: {reason.removeprefix('not estimable: ')}."
            continue
        quoted = presets.signed_rank(payload, preset)
        test = f"{quoted.test}, " if quoted.test != named else ""
        named = quoted.test
        size = ci(payload.get("hodges_lehmann"), instrument.places)
        told = f"{f'Hodges-Lehmann change {size}, ' if size else ''}{test}{wording.p_value(quoted.p)}"
        told += reaching(payload.get("hodges_lehmann"), quoted.p)
        yield (
            f"From {span}{who}, of {wording.counted(payload['n_pairs'], 'patient')} with both values "
            f"{moved(payload, instrument)} ({told}){shown_or_not(quoted.p, 'change')}."
        )


def moved(payload: Mapping, instrument: Instrument) -> str:
    """'10 improved, 1 did not change and 1 worsened', or which way where better is not known."""
    down, up, same = payload["n_decrease"], payload["n_increase"], payload["n_zero"]
    if instrument.is_undirected or instrument.direction == "nominal":
        return f"{down} decreased, {same} did not change and {up} increased"
    better, worse = (up, down) if instrument.direction == "higher_better" else (down, up)
    return f"{better} improved, {same} did not change and {worse} worsened"


def told_of(result: Mapping, manifest: Manifest, preset: str) -> str:
    """Any result in a sentence: what was asked, the test, its size, the effect, p; or why there is no answer."""
    words, payload = phrases.question(result["entry"], manifest), result["payload"]
    if reason := wording.not_estimable(payload):
        return f"{words}: {reason}."
    shares = shares_of(payload, result["entry"].get("by"), manifest) or counted_shares(result, manifest)
    asked = questions.asked(result, manifest, preset)
    tests = [f"{each.test}{f', n = {each.n}' if each.n else ''}, {wording.p_value(each.p)}" for each in asked[:1]]
    size = effect(payload) if "name" in (payload.get("effect") or {}) else ""
    size = size.replace(" (", " (95 % CI ", 1) if size.endswith((")", ") pp")) else size
    size = f"{size}, {contrasted(result, manifest)}" if size and contrasted(result, manifest) else size
    told = "; ".join(filter(None, [shares, size, *tests]))
    if not told:
        return ""
    return f"{words}: {told}{shown_or_not(asked[0].p if asked else None, 'difference')}."


def groups_in(payload: Mapping) -> list[str]:
    """The groups a result names; a model says only how many it has."""
    groups = payload.get("groups")
    return [*groups] if isinstance(groups, list) and isinstance(payload.get("by") or {}, Mapping) else []


def contrasted(result: Mapping, manifest: Manifest) -> str:
    """Which way round an effect of two groups is: 'complex against simple', 'complex minus simple'."""
    payload, entry = result["payload"], result["entry"]
    found, table = payload.get("effect") or {}, payload.get("table")
    if found.get("name") == "risk_difference" and isinstance(table, Mapping):
        return " minus ".join(manifest.level(entry.get("row"), level) for level in ordered_levels(table))
    groups = groups_in(payload)
    if len(groups) == 2 and " against " in found.get("method", ""):
        return " against ".join(manifest.level(entry.get("by"), level) for level in groups)
    return ""


def counted_shares(result: Mapping, manifest: Manifest) -> str:
    """'complex 3/6 (50 %), simple 1/5 (20 %)' of a table of groups by yes and no."""
    table, row = result["payload"].get("table"), result["entry"].get("row")
    if not isinstance(table, Mapping) or not all(isinstance(cells, Mapping) for cells in table.values()):
        return ""
    if {column for cells in table.values() for column in cells} != {"0", "1"}:
        return ""
    counts = {level: (table[level].get("1", 0), sum(table[level].values())) for level in ordered_levels(table)}
    return ", ".join(f"{manifest.level(row, level)} {wording.share(*each)}" for level, each in counts.items())


def shares_of(payload: Mapping, by: str | None, manifest: Manifest) -> str:
    """'12/14 (86 %)', or each group's."""
    cells = {level: (payload.get("by") or {}).get(level) for level in groups_in(payload)}
    followed = {level: cell for level, cell in cells.items() if isinstance(cell, Mapping) and "events" in cell}
    if followed:
        return wording.listed(
            f"{cell['events']} of {cell['n']} {manifest.level(by, level)} had the event"
            for level, cell in followed.items()
        )
    cells = {level: cell for level, cell in cells.items() if isinstance(cell, Mapping) and "x" in cell}
    if cells:
        return wording.listed(
            f"{wording.share(cell['x'], cell['n'])} {manifest.level(by, level)}" for level, cell in cells.items()
        )
    whole = payload.get("all")
    return wording.share(whole["x"], whole["n"]) if isinstance(whole, Mapping) and "x" in whole else ""


def proportions(results: Results, manifest: Manifest, preset: str) -> Iterator[str]:
    """A yes/no outcome over its timepoints in one sentence; what the course of a yes/no score says is not repeated."""
    alike: dict[str, list[str]] = {}
    for result in results:
        entry, col = result["entry"], result["entry"]["col"]
        instrument = manifest.instrument(col["instrument"])
        shares = shares_of(result["payload"], entry.get("by"), manifest)
        if not shares or (instrument.is_yes_no and not entry.get("by") and not entry.get("subset")):
            continue
        limits = " and ".join(phrases.bound(name, value) for name, value in col.items() if name not in phrases.WHEN)
        only = manifest.subset(entry.get("subset"))
        what = f"{instrument.name} {limits}{f' ({only})' if only else ''}"
        alike.setdefault(what, []).append(f"{shares} {phrases.span(col, manifest)}")
    yield from (f"{what}: {', '.join(told)}." for what, told in alike.items())


TELLERS: dict[str, Callable[[Results, Manifest, str], Iterator[str]]] = {
    "describe_by_timepoint": courses,
    "kruskal_dunn": timepoints_compared,
    "wilcoxon_paired": changes,
    "mannwhitney": groups_at,
    "mannwhitney_change": groups_changes,
    "ancova": covariance,
    "proportion": proportions,
}

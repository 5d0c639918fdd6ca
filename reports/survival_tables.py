"""Times to an event -> tables: medians and restricted means, and the curve read at the times that were asked for."""

from collections.abc import Iterator, Mapping

from reports import phrases, questions, wording
from reports.evidence import columns, notes, tested
from reports.layout import Cell, Column, Group, Row, Table, row, rows, source
from reports.manifest import Manifest

LOG, LOGLOG = "95\N{NO-BREAK SPACE}% CI, log", "95\N{NO-BREAK SPACE}% CI, log-log"
KM_NOTE = "Kaplan-Meier; limits from Greenwood's variance, on the log scale (R's default) and on log-log (Stata's)."
PETO_NOTE = "The hazard ratio is Peto's one-step estimate."
INCIDENCE_NOTE = "Aalen-Johansen: {} ends the time at risk; who had it is not counted as free of the event."


def arms_of(payload: Mapping) -> dict[str, Mapping]:
    """{level: what is known of it}; '' where the result has no groups."""
    groups = payload.get("groups")
    if not groups:
        return {"": payload}
    where = payload["by"] if isinstance(payload.get("by"), Mapping) else payload
    return {level: where[level] for level in groups if isinstance(where.get(level), Mapping)}


def label_of(level: str, by: str | None, manifest: Manifest) -> str:
    return manifest.level_heading(by, level) or "All"


def unit_of(result: Mapping, manifest: Manifest) -> str:
    """'months', where the cohort says so."""
    payload, entry = result["payload"], result["entry"]
    known = manifest.raw.get("survival") or {}
    name = entry.get("survival") or (entry.get("times") if isinstance(entry.get("times"), str) else None)
    units = (known.get(name) or next(iter(known.values()), {})).get("units") or []
    return str(payload.get("unit") or (units[0] if len(units) == 1 else ""))


def survival(result: Mapping, manifest: Manifest) -> Iterator[Table]:
    """The table of medians, and the table of the curve at the times asked for."""
    yield medians(result, manifest)
    if any(arm.get("survival_at") for arm in arms_of(result["payload"]).values()):
        yield curve_read(result, manifest, "survival_at", "S", "Survival")


def medians(result: Mapping, manifest: Manifest) -> Table:
    """group | n | events | median | its limits, log and log-log | restricted mean to tau."""
    payload, unit = result["payload"], unit_of(result, manifest)
    arms = arms_of(payload)
    return Table(
        title=f"{phrases.question(result['entry'], manifest)}: median{f', {unit}' if unit else ''}",
        columns=columns("Group", "n", "Events", "Median", LOG, LOGLOG, f"Restricted mean {wording.CI_95}"),
        groups=rows(
            *(median_row(label_of(level, result["entry"].get("by"), manifest), arm) for level, arm in arms.items())
        ),
        notes=notes(
            *(tested(payload[test], manifest, test) for test in ("logrank",) if isinstance(payload.get(test), Mapping)),
            PETO_NOTE if has_hazard_ratio(payload) else "",
            KM_NOTE,
            "A median or a limit that its curve does not come down to is not estimable.",
            questions.left_out(payload, manifest),
        ),
        sources=(source(result),),
    )


def has_hazard_ratio(payload: Mapping) -> bool:
    found = (payload.get("logrank") or {}).get("effect") or {}
    return found.get("name") == "hazard_ratio" and not wording.not_estimable(found)


def median_row(head: str, arm: Mapping) -> Row:
    if reason := wording.not_estimable(arm):
        n = str(arm.get("n", wording.ABSENT))
        return row(head, n, *[wording.ABSENT] * 4, Cell(wording.ABSENT, reason))
    median, why = arm.get("median"), (arm.get("not_estimable") or {}).get("median")
    return row(
        head,
        str(arm.get("n", wording.ABSENT)),
        str(arm.get("events", wording.ABSENT)),
        Cell(
            wording.ABSENT if median is None else wording.short(median, 2),
            wording.not_estimable({"not_estimable": why}) or "",
        ),
        *(time_limits(arm, kind) for kind in ("log", "loglog")),
        restricted_mean(arm.get("rmst")),
    )


def time_limits(arm: Mapping, kind: str) -> str:
    """'6 to not reached'."""
    limits = [arm.get(f"median_{side}_{kind}") for side in ("lcl", "ucl")]
    if all(not isinstance(limit, int | float) for limit in limits):
        return wording.ABSENT
    low, high = (wording.short(each, 2) if isinstance(each, int | float) else "not reached" for each in limits)
    return f"{low} to {high}"


def restricted_mean(found: Mapping | None) -> Cell:
    """The area under the curve up to tau."""
    if not found:
        return Cell(wording.ABSENT)
    if reason := wording.not_estimable(found):
        return Cell(wording.ABSENT, reason)
    return Cell(wording.interval(found, 2), f"to {wording.short(found.get('tau'), 2)}")


LIMITS = {
    "survival_at": ((LOG, "lcl_log", "ucl_log"), (LOGLOG, "lcl_loglog", "ucl_loglog")),
    "incidence_at": (("95\N{NO-BREAK SPACE}% CI", "low", "high"),),
}


def curve_read(result: Mapping, manifest: Manifest, where: str, value: str, label: str) -> Table:
    """time | at risk | value | its limits; a group of rows for each arm."""
    payload, unit = result["payload"], unit_of(result, manifest)
    labels = [words for words, _, _ in LIMITS[where]]
    return Table(
        title=f"{phrases.question(result['entry'], manifest)}: at set times",
        columns=columns(f"Time{f', {unit}' if unit else ''}", "At risk", label, *labels),
        groups=tuple(
            Group(
                manifest.level_heading(result["entry"].get("by"), level),
                tuple(read_row(time, at, value, where) for time, at in in_time(arm, where)),
            )
            for level, arm in arms_of(payload).items()
        ),
        notes=notes(questions.left_out(payload, manifest)),
        sources=(source(result),),
    )


def in_time(arm: Mapping, where: str) -> list[tuple[str, Mapping]]:
    return sorted((arm.get(where) or {}).items(), key=lambda item: float(item[0]))


def read_row(time: str, at: Mapping, value: str, where: str) -> Row:
    limits = LIMITS[where]
    if reason := wording.not_estimable(at):
        return row(time, *[wording.ABSENT] * (1 + len(limits)), Cell(wording.ABSENT, reason))
    shown = wording.percent_of(at.get(value), 1)
    between = (share_limits(at.get(low), at.get(high)) for _, low, high in limits)
    return row(time, str(at.get("n_risk", wording.ABSENT)), shown, *between)


def share_limits(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return wording.ABSENT
    return f"{wording.fixed(100 * low, 1)} to {wording.fixed(100 * high, 1)} %"


def incidence(result: Mapping, manifest: Manifest) -> Iterator[Table]:
    """group | n | events | competing events, under it Gray's test; then the curve at the times asked for."""
    payload = result["payload"]
    yield Table(
        title=phrases.question(result["entry"], manifest),
        columns=(Column("Group", numeric=False), *map(Column, ("n", "Events", "Competing events"))),
        groups=rows(
            *(
                incidence_row(label_of(level, result["entry"].get("by"), manifest), arm)
                for level, arm in arms_of(payload).items()
            )
        ),
        notes=notes(
            *(tested(payload[test], manifest, test) for test in ("gray",) if isinstance(payload.get(test), Mapping)),
            INCIDENCE_NOTE.format(competing(result["entry"])),
            questions.left_out(payload, manifest),
        ),
        sources=(source(result),),
    )
    if any(arm.get("incidence_at") for arm in arms_of(payload).values()):
        yield curve_read(result, manifest, "incidence_at", "F", "Cumulative incidence")


def competing(entry: Mapping) -> str:
    """'the competing event, death,'."""
    name = entry.get("competing")
    return f"the competing event, {wording.plain(name)}," if name else "the competing event"


def incidence_row(head: str, arm: Mapping) -> Row:
    counts = [str(arm.get(name, wording.ABSENT)) for name in ("n", "events", "competing")]
    return row(head, *counts[:2], Cell(counts[2], wording.not_estimable(arm) or ""))

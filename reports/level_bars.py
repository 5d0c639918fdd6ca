"""Short scales over time: every level's share as a stacked bar."""

from collections.abc import Mapping

from reports.charts.model import Bar, Stack
from reports.manifest import Instrument, Manifest

SHARE = "Share of those with a value"


def levels_over_time(arms: Mapping, instrument: Instrument, manifest: Manifest) -> tuple:
    """Every level's share, one bar a timepoint (and arm), best level at the left."""
    codes = manifest.in_order({code for groups in arms.values() for code in groups})
    levels = instrument.level_values[::-1] if instrument.direction == "higher_better" else instrument.level_values
    bars = tuple(bar for code in codes for bar in bars_at(code, arms, levels, manifest))
    chart = Stack(bars=bars, levels=tuple(map(instrument.level_name, levels)), words=SHARE)
    caption = "Each bar is everyone with a value at that timepoint; numbers are patients' procedures. "
    caption += "Darker is a higher level." if has_no_better(instrument) else "Darker is worse."
    return chart, caption, f"Level and count: {'; '.join(said(bar, levels) for bar in bars)}."


def has_no_better(instrument: Instrument) -> bool:
    return instrument.is_undirected or instrument.direction == "nominal"


def label_of(code: str, arm: str, manifest: Manifest) -> str:
    return f"{manifest.timepoint(code)}{', ' + arm if arm else ''}"


def bars_at(code: str, arms: Mapping, levels: list[str], manifest: Manifest) -> list[Bar]:
    """The bars of one timepoint, an arm each; none of an arm in which nobody has a value."""
    found = [(arm, groups[code]) for arm, groups in arms.items() if groups.get(code, {}).get("n")]
    return [
        Bar(
            label=label_of(code, arm, manifest),
            n=group["n"],
            missing=group.get("missing", 0),
            counts=tuple(group["counts"].get(level, 0) for level in levels),
            is_next=place > 0,
        )
        for place, (arm, group) in enumerate(found)
    ]


def said(bar: Bar, levels: list[str]) -> str:
    """'6 weeks (n = 5): 0: 2, 1: 3'."""
    counts = ", ".join(f"{level}: {count}" for level, count in zip(levels, bar.counts, strict=True) if count)
    return f"{bar.label} (n = {bar.n}): {counts}"

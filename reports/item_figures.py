"""The items of a score before and after -> one figure: median and quartiles of each, its timepoints side by side."""

from collections.abc import Mapping, Sequence

from outcomes import presets
from reports import wording
from reports.charts.model import Axis, Effect, Effects, Point, round_ticks
from reports.figures import by_arm, named
from reports.layout import Figure, source
from reports.manifest import Instrument, Manifest


def are_items(results: Sequence[Mapping], manifest: Manifest) -> bool:
    """Several descriptions, each of another score of the same range."""
    scores = [manifest.instrument(each["entry"]["instrument"]) for each in results]
    ranges = {(score.minimum, score.maximum, score.direction) for score in scores}
    return len({score.key for score in scores}) == len(scores) > 1 == len(ranges)


def items(figure_id: str, results: Sequence[Mapping], manifest: Manifest, preset: str) -> Figure | None:
    """A line for each item (and arm), a mark for each timepoint."""
    codes = manifest.in_order({code for each in results for code in each["payload"].get("timepoints", ())})
    rows = tuple(row for each in results for row in rows_of(each, codes, manifest, preset))
    if not any(row.points for row in rows):
        return None
    first = manifest.instrument(results[0]["entry"]["instrument"])
    names = tuple(map(manifest.timepoint, codes))
    chart = Effects(rows=rows, series=names, axis=axis_of(first, rows))
    title = f"{wording.listed(manifest.instrument(each['entry']['instrument']).name for each in results)}"
    said = "; ".join(
        f"{row.label}: {', '.join(f'{names[point.column]} {point.words}, n = {point.n}' for point in row.points)}"
        for row in rows
    )
    caption = f"Marks are medians, bars run from the first to the third quartile; n at {wording.listed(names)}."
    sources = tuple(map(source, results))
    return Figure(id=figure_id, title=title, caption=caption, alt=f"{title}. {said}.", chart=chart, sources=sources)


def rows_of(result: Mapping, codes: Sequence[str], manifest: Manifest, preset: str) -> list[Effect]:
    entry = result["entry"]
    instrument = manifest.instrument(entry["instrument"])
    arms = named(by_arm(result["payload"], manifest), entry.get("by"), manifest)
    return [
        Effect(
            f"{instrument.name}, {arm}" if arm else instrument.name,
            " / ".join(str(groups.get(code, {}).get("n", 0)) for code in codes),
            tuple(
                point_of(codes.index(code), group, instrument, preset)
                for code, group in groups.items() if group.get("n")
            ),
        )
        for arm, groups in arms.items()
    ]  # fmt: skip


def point_of(column: int, group: Mapping, instrument: Instrument, preset: str) -> Point:
    q1, q3 = presets.quartiles(group, preset)
    words = wording.median_iqr(group["median"], q1, q3, instrument.places)
    return Point(column, group["n"], float(group["median"]), float(q1), float(q3), words)


def axis_of(instrument: Instrument, rows: Sequence[Effect]) -> Axis:
    ends = [end for row in rows for point in row.points for end in (point.low, point.high)]
    low = min(ends) if instrument.minimum is None else float(instrument.minimum)
    high = max(ends) if instrument.maximum is None else float(instrument.maximum)
    margin = 0.03 * ((high - low) or 1.0)
    unit = f"{wording.heading(instrument.unit)}: " if instrument.unit else ""
    words = f"{unit}{wording.direction(instrument.direction)}"
    return Axis(words=words, low=low - margin, high=high + margin, ticks=round_ticks(low, high))

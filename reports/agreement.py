"""How well two readers agreed, per field and per pair of readers, from the readings of one sample."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from outcomes.stats.agreement import Agreement, BlandAltman, agreement, bland_altman
from outcomes.stats.estimable import Interval, NotEstimable
from registry.models import Instrument, Reading
from reports.wording import ABSENT, fixed, short

ALL_READERS = "all first readers"


@dataclass(frozen=True, kw_only=True)
class FieldAgreement:
    """One field of one first reader: how often both readers said the same at all, and how near their values are.

    n_read: readings in which the field was asked. `alike`: the same value, or the same reason for none. n_values: both
    gave a value, which is what kappa and the limits are of; one_missing: one found a value and the other none.
    """

    instrument: Instrument
    first_reader: str
    n_read: int
    alike: int
    one_missing: int
    values: Agreement | NotEstimable
    limits: BlandAltman | NotEstimable

    @property
    def n_values(self) -> int:
        return self.values.n if isinstance(self.values, Agreement) else 0


def agreements(readings: Iterable[Reading], asked: list[Instrument]) -> list[FieldAgreement]:
    """Each field over all first readers, then by each of them where there are several; in the order of the form."""
    submitted = [reading for reading in readings if reading.submitted_at is not None]
    said = {key for reading in submitted for key in reading.values}
    readers = sorted({first_reader(reading) for reading in submitted})
    groups = [ALL_READERS, *(readers if len(readers) > 1 else [])]
    return [
        field_agreement(instrument, group, [each for each in submitted if group in (ALL_READERS, first_reader(each))])
        for instrument in asked
        if instrument.key in said
        for group in groups
    ]


def first_reader(reading: Reading) -> str:
    """Who read the chart first: the abstractor that the form names, else who recorded it."""
    return (reading.visit.abstractor or reading.visit.recorded_by).get_username()


def field_agreement(instrument: Instrument, reader: str, readings: list[Reading]) -> FieldAgreement:
    said = [(each.first_values.get(instrument.key, {}), each.values[instrument.key]) for each in readings
            if instrument.key in each.values]  # fmt: skip
    pairs = Counter(
        (Fraction(first["value"]), Fraction(second["value"]))
        for first, second in said
        if "value" in first and "value" in second
    )
    return FieldAgreement(
        instrument=instrument,
        first_reader=reader,
        n_read=len(said),
        alike=sum(1 for first, second in said if first == second),
        one_missing=sum(1 for first, second in said if ("value" in first) != ("value" in second)),
        values=agreement(pairs),
        limits=bland_altman(pairs),
    )


HEADER = (
    "Field", "First reader", "Read twice", "Alike", "One found a value, one did not", "Both values",
    "Same value, % (95 % CI)", "Kappa (95 % CI)", "Weighted kappa (95 % CI)", "Mean difference (95 % CI)",
    "Limits of agreement",
)  # fmt: skip


def rows(found: Iterable[FieldAgreement]) -> Iterator[tuple[str, ...]]:
    """The table of HEADER, as words; a kappa that the readings cannot give is a dash, its reason in `notes`."""
    for each in found:
        yield (
            each.instrument.name, each.first_reader, str(each.n_read), f"{each.alike} of {each.n_read}",
            f"{each.one_missing} of {each.n_read}", str(each.n_values), *of_values(each), *of_limits(each.limits),
        )  # fmt: skip


def of_values(each: FieldAgreement) -> tuple[str, str, str]:
    """Share, kappa and weighted kappa; yes-or-no fields have no weights."""
    if isinstance(each.values, NotEstimable):
        return ABSENT, ABSENT, ABSENT
    weighted = ABSENT if each.instrument.is_yes_no else with_limits(each.values.weighted_kappa, 2)
    return with_limits(each.values.share, 0, scale=100), with_limits(each.values.kappa, 2), weighted


def of_limits(limits: BlandAltman | NotEstimable) -> tuple[str, str]:
    if isinstance(limits, NotEstimable):
        return ABSENT, ABSENT
    return with_limits(limits.bias, 2), f"{fixed(limits.lower.estimate, 2)} to {fixed(limits.upper.estimate, 2)}"


def with_limits(interval: Interval | NotEstimable, places: int, *, scale: int = 1) -> str:
    """'0.82 (0.61 to 1.00)'."""
    if isinstance(interval, NotEstimable):
        return ABSENT
    low, high = (fixed(end * scale, places) for end in (interval.low, interval.high))
    return f"{fixed(interval.estimate * scale, places)} ({low} to {high})"


def notes(found: Iterable[FieldAgreement]) -> list[str]:
    """Why a number is not there, once for each reason."""
    reasons = {}
    for each in found:
        parts = (each.values, each.limits) + ((each.values.kappa,) if isinstance(each.values, Agreement) else ())
        for part in parts:
            if isinstance(part, NotEstimable):
                reasons.setdefault(part.reason, []).append(each.instrument.name)
    return [f"{', '.join(dict.fromkeys(names))}: {reason}." for reason, names in reasons.items()]


def summary(found: Iterable[FieldAgreement]) -> str:
    """'62 of 70 fields were read alike (88.6 %).'"""
    all_readers = [each for each in found if each.first_reader == ALL_READERS]
    alike, read = sum(each.alike for each in all_readers), sum(each.n_read for each in all_readers)
    if not read:
        return "No reading is handed in yet."
    return f"{alike} of {read} fields were read alike ({short(100 * Fraction(alike, read), 1)} %)."

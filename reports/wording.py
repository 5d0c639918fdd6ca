"""Numbers to words. Rounding happens here and nowhere else: half up, on the decimal digits as they are written."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EN DASH}"
CI_95 = "(95\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}CI)"

MISSING_REASONS = {
    "not_done": "not done",
    "not_recorded": "not recorded in chart",
    "unknown": "unknown",
    "not_applicable": "not applicable",
    "refused": "declined",
    "unable": "unable to answer",
    "visit_missed": "visit not attended",
    "not_due": "not yet due",
    "deceased": "died before",
    "lost": "lost to follow-up",
    "no_record": "no record",
}
DIRECTIONS = {"lower_better": "lower is better", "higher_better": "higher is better", "nominal": "neither is better"}
UNSPECIFIED_DIRECTION = "direction unspecified"

ACRONYMS = {"aacci", "asa", "bmi", "cci", "ct", "ecog", "eq", "icu", "mme", "mri", "pdn", "vas", "vte"}

GRADE = re.compile("[IVX]+[a-e]?")  # IIa, IV
EPONYMS = ("Bakker", "Charlson", "Clavien", "Denis", "Dindo", "Ewing", "Hofmann", "Katagiri", "Rommens")

Number = int | float | Decimal | Fraction


def rounded(value: Number, places: int) -> Decimal:
    """`value` rounded half up (away from zero) at `places` decimals; a float counts as the digits of its repr."""
    if isinstance(value, Fraction):
        scaled = abs(value) * 10**places
        whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
        return Decimal(whole if value >= 0 else -whole).scaleb(-places)
    digits = value if isinstance(value, Decimal) else Decimal(repr(value))
    return digits.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def fixed(value: Number | None, places: int) -> str:
    """`value` with exactly `places` decimals and a true minus sign; a dash for None. Never a negative zero."""
    if value is None:
        return ABSENT
    shown = rounded(value, places)
    return f"{abs(shown):f}" if shown >= 0 or not shown else f"{MINUS}{abs(shown):f}"


def short(value: Number | None, places: int) -> str:
    """`value` with at most `places` decimals and no idle zeros: 7, 5.8, 16.25."""
    text = fixed(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def p_value(p: float | None) -> str:
    """'p < 0.001', 'p = 0.034', 'p = 0.19', 'p > 0.99'; a dash for None."""
    shown = p_number(p)
    return shown if shown == ABSENT else f"p {shown}" if shown[0] in "<>" else f"p = {shown}"


def p_number(p: float | None) -> str:
    """The same for a column headed p: '< 0.001', '0.034', '0.19', '> 0.99'. Three decimals below 0.1, else two."""
    if p is None:
        return ABSENT
    if p < 0.001:
        return "< 0.001"
    if p > 0.99:
        return "> 0.99"
    return fixed(p, 3) if rounded(p, 3) < Decimal("0.1") else fixed(p, 2)


def percent(part: int, whole: int, places: int = 0) -> str:
    """'86 %' of exact counts, half up; a dash where there is no denominator."""
    return f"{fixed(Fraction(100 * part, whole), places)} %" if whole else ABSENT


def percent_of(share: float | None, places: int = 0) -> str:
    """'86.4 %' of a share that is no count; a dash for None."""
    return ABSENT if share is None else f"{fixed(100 * share, places)} %"


def share(part: int, whole: int) -> str:
    """'12/14 (86 %)': never a percent without its denominator."""
    return f"{part}/{whole} ({percent(part, whole)})" if whole else f"{part}/{whole}"


def part(n: int, whole: int) -> str:
    """'12 (86 %)', where the denominator stands beside it."""
    return f"{n} ({percent(n, whole)})" if whole else str(n)


def median_iqr(median: Number | None, q1: Number | None, q3: Number | None, places: int = 1) -> str:
    """'7 (5 to 8)': median and quartiles, at most `places` decimals."""
    return ABSENT if median is None else f"{short(median, places)} ({short(q1, places)} to {short(q3, places)})"


def mean_sd(mean: Number | None, sd: Number | None, places: int = 1) -> str:
    """'4.6 ± 1.2'; a lone value has no SD and says so with a dash."""
    return ABSENT if mean is None else f"{fixed(mean, places)} ± {fixed(sd, places)}"


def value_range(low: Number | None, high: Number | None, places: int = 1) -> str:
    """'0 to 10'."""
    return ABSENT if low is None else f"{short(low, places)} to {short(high, places)}"


def interval(payload: Mapping | None, places: int, written: Callable[[Number | None, int], str] = fixed) -> str:
    """'4.6 (2.1 to 7.1)' from {"estimate", "low", "high"}; 'not estimable: why' from its refusal; a dash for None.

    A sample too small for limits says so. `written` is fixed, or short for numbers on the score's own grid.
    """
    if payload is None:
        return ABSENT
    if reason := not_estimable(payload):
        return reason
    low, high = payload["low"], payload["high"]
    known = low is not None and high is not None
    limits = f"{written(low, places)} to {written(high, places)}" if known else "interval not estimable"
    return f"{written(payload['estimate'], places)} ({limits})"


def not_estimable(payload: object) -> str | None:
    """'not estimable: needs 2 groups' if the payload is a refusal as a whole, else None."""
    reason = payload.get("not_estimable") if isinstance(payload, Mapping) else None
    return f"not estimable: {reason}" if isinstance(reason, str) else None


def missing_reason(code: str) -> str:
    """A missing reason in words; an unknown code shows as it is."""
    return MISSING_REASONS.get(code, plain(code))


def missing_by_reason(counts: Mapping[str, int]) -> str:
    """'lost to follow-up 3, no record 1', the most frequent first; a lone reason without its count; empty for none."""
    known = sorted(((n, code) for code, n in counts.items() if n), key=lambda pair: (-pair[0], pair[1]))
    if len(known) == 1:
        return missing_reason(known[0][1])
    return ", ".join(f"{missing_reason(code)}\N{NO-BREAK SPACE}{n}" for n, code in known)


def direction(code: str | None) -> str:
    """'lower is better'; what is not known is said, not guessed."""
    return DIRECTIONS.get(code or "", UNSPECIFIED_DIRECTION)


def plain(name: str) -> str:
    """A code as words: 'symptom_period' is 'symptom period', 'asa' is 'ASA'."""
    words = str(name).replace("_", " ").split()
    return " ".join(word.upper() if word.lower() in ACRONYMS else word for word in words)


def within_text(label: str) -> str:
    """A label within a sentence: 'Operative time' is 'operative time'; names and acronyms keep their capital."""
    first, second, *_ = [*label.split(), "", ""]
    is_name = second[:1].isupper() and not first.endswith(":")
    is_code = GRADE.fullmatch(first) or any(each.isdigit() for each in first)
    if is_name or is_code or first.lower() in ACRONYMS or first.startswith(EPONYMS) or len(first) < 2:
        return label
    keeps = first[1:] != first[1:].lower()
    return label if keeps else label[:1].lower() + label[1:]


def heading(name: str) -> str:
    """The same as a heading: first letter large, the rest as it stands."""
    words = plain(name)
    return words[:1].upper() + words[1:]


def listed(words: Iterable[str]) -> str:
    """'age, sex and site'."""
    *head, last = [*words] or [""]
    return f"{', '.join(head)} and {last}" if head else last


def listed_apart(words: Iterable[str]) -> str:
    """The same for members that hold commas: 'a (1, 2); b (3); and c'."""
    *head, last = [*words] or [""]
    return f"{'; '.join(head)}; and {last}" if head else last


def counted(n: int, noun: str, nouns: str | None = None) -> str:
    """'1 patient', '14 patients'."""
    return f"{n} {noun if n == 1 else nouns or noun + 's'}"


def subset(conditions: Mapping | None) -> str:
    """'procedure = hip, modelled eqvas = 1'; empty for the whole cohort."""
    return ", ".join(f"{plain(name)} = {plain(level)}" for name, level in (conditions or {}).items())


def moment(stamp: str | datetime | None) -> str:
    """'21 November 2026, 04:40 UTC' from an ISO 8601 text or a datetime."""
    if not stamp:
        return ABSENT
    at = stamp if isinstance(stamp, datetime) else datetime.fromisoformat(stamp)
    at = at.astimezone(UTC) if at.tzinfo else at
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def short_digest(digest: str) -> str:
    """The first twelve characters: enough to tell two freezes apart by eye."""
    return digest[:12]

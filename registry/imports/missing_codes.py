"""Values that look like codes for "missing", each with the reason that it may stand for. Proposals, never applied here.

    for one in suggest_missing_codes(sheet, ranges={"vas_pre": (0, 10)}):
        one.column, one.code, one.label, one.reason, one.count, one.why

A person agrees to each; a 9 that stays is the number 9. Declared codes come first: an SPSS file's user-missing values,
a REDCap project's missing data codes, a choice whose label says "unknown". Then codes by their look: 999 among values
from 0 to 100, "*", "NA". The reasons are the record's own (MissingReason); other systems' codes are crosswalks to them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from registry.imports.cells import NUMBER
from registry.imports.sheet import Column, Sheet
from registry.models import MissingReason

R = MissingReason
# HL7 null flavours as REDCap offers them, Castor's five, and the codes of the crosswalk in our own bridge.
CROSSWALK = {
    "nask": R.NOT_RECORDED, "asku": R.UNKNOWN, "askd": R.REFUSED, "na": R.NOT_APPLICABLE, "ndone": R.NOT_DONE,
    "mfail": R.NOT_DONE, "navu": R.NOT_RECORDED, "nav": R.NOT_DUE, "tmp": R.NOT_DUE, "msk": R.NOT_RECORDED,
    "unk": R.UNKNOWN, "ni": R.NOT_RECORDED, "inv": R.UNKNOWN, "died": R.DECEASED, "ltfu": R.LOST,
    "notdue": R.NOT_DUE, "transfer": R.LOST,
    "-95": R.NOT_DONE, "-96": R.NOT_APPLICABLE, "-97": R.NOT_RECORDED, "-98": R.UNKNOWN, "-99": R.NOT_DONE,
}  # fmt: skip
# What labels say, the more particular before the more general.
WORDS = [
    (r"refus|declin", R.REFUSED),
    (r"\bdied|deceased|\bdead\b|\bdeath\b", R.DECEASED),
    (r"\blost\b|\bltfu\b|transferred", R.LOST),
    (r"not (yet )?due|pending|\blater\b", R.NOT_DUE),
    (r"not attend|missed|no show", R.VISIT_MISSED),
    (r"not applicable|\bn/a\b|does not apply", R.NOT_APPLICABLE),
    (r"unable|could not answer", R.UNABLE),
    (r"not (done|assessed|performed|measured|administered)|fail", R.NOT_DONE),
    (r"not (recorded|documented|reported|stated|asked|available|given)|missing|no (answer|data|information)|withheld"
     r"|suppress|\bblank\b", R.NOT_RECORDED),
    (r"unknown|(do|does|did)( not|n.t) know|not known|unsure|invalid", R.UNKNOWN),
]  # fmt: skip
# Text that stands for nothing wherever it stands alone in a cell; and what does so only among numbers.
NOTHING = {"*", "**", ".", "..", "-", "--", "?", "na", "n/a", "n.a.", "nan", "#n/a", "null", "missing", "unk",
           "unknown", "nask", "asku", "askd", "ndone", "mfail", "navu", "ltfu"}  # fmt: skip
NOTHING_AMONG_NUMBERS = {"ni", "nd", "none", "nil", "dk", "x", "died", "tmp", "msk", "inv", "nav", "not done",
                         "refused", "#value!", "#ref!", "#div/0!", "#num!", "#name?", "#null!"}  # fmt: skip
NUMERIC_CODE = re.compile(r"9{1,6}|-1|-9{1,5}|-9[5-8]", re.ASCII)
# How far above the largest value a code must lie: 9 among 0 to 4 does, 9 among 0 to 7 may be a value.
FAR = Decimal("1.5")
NO_RANGES: Mapping = {}


@dataclass(frozen=True, kw_only=True)
class SuggestedCode:
    """One code in one column. `why`: declared, label, text (a sign for nothing) or outside (far from the rest)."""

    column: str
    code: str
    label: str
    reason: MissingReason
    count: int
    why: str


def suggest_missing_codes(sheet: Sheet, *, ranges: Mapping[str, tuple] = NO_RANGES) -> list[SuggestedCode]:
    """The codes of every column of data; `ranges` gives the lowest and highest value that a column may hold."""
    return [
        found
        for column in sheet.columns
        if not column.part and column.kind != "status"
        for found in of_column(column, Counter(filter(None, sheet.values(column.name))), ranges.get(column.name))
    ]


def of_column(column: Column, counts: Counter, allowed: tuple | None) -> Iterator[SuggestedCode]:
    """The codes of one column, from how often each value stands in it."""
    reasons = declared(column, counts)
    if column.kind != "choices":
        reasons |= looked_at(column, counts, reasons, allowed)
    for code, (why, reason) in reasons.items():
        label = column.missing.get(code) or column.choices.get(code, "")
        yield SuggestedCode(column=column.name, code=code, label=label, reason=reason, count=counts[code], why=why)


def looked_at(column: Column, counts: Counter, known: Mapping, allowed: tuple | None) -> dict:
    """What nobody declares: codes by their label, signs for nothing, numbers that are none of the values."""
    reasons = known | labelled(column, counts)
    rest = {text: count for text, count in counts.items() if text not in reasons}
    reasons |= signs(rest)
    rest = {text for text in rest if text not in reasons}
    return reasons | outside(rest, allowed)


def declared(column: Column, counts: Counter) -> dict:
    return {code: ("declared", reason_for(code, label)) for code, label in column.missing.items() if code in counts}


def labelled(column: Column, counts: Counter) -> dict:
    """Choices whose label says that nothing is known; "No" and "None" say something."""
    return {
        code: ("label", said_by(label))
        for code, label in column.choices.items()
        if code in counts and code not in column.missing and said_by(label) is not None
    }


def signs(counts: Mapping[str, int]) -> dict:
    """Signs for nothing: *, NA, a point; some only where all else is numbers."""
    found = {text for text in counts if text.lower() in NOTHING}
    others = [text for text in counts if text not in found and text.lower() not in NOTHING_AMONG_NUMBERS]
    if others and all(NUMBER.match(text) for text in others):
        found |= {text for text in counts if text.lower() in NOTHING_AMONG_NUMBERS}
    return {text: ("text", reason_of_sign(text.lower())) for text in counts if text in found}


def reason_of_sign(text: str) -> MissingReason:
    """NA among undeclared values is what R writes for anything missing: it says less than a declared NA."""
    if text in ("na", "n/a", "n.a.", "#n/a"):
        return MissingReason.NOT_RECORDED
    return CROSSWALK.get(text) or said_by(text) or MissingReason.NOT_RECORDED


def outside(values: set[str], allowed: tuple | None) -> dict:
    """Nines and minus ones that lie outside of what the column may hold, or far from the rest of what it holds."""
    if not values or not all(NUMBER.match(text) for text in values):
        return {}
    codes = sorted(text for text in values if NUMERIC_CODE.fullmatch(text))
    rest = [Decimal(text) for text in values if text not in codes]
    found = [code for code in codes if is_outside(Decimal(code), rest, allowed)]
    return {code: ("outside", reason_for(code, "")) for code in found}


def is_outside(code: Decimal, rest: list[Decimal], allowed: tuple | None) -> bool:
    if allowed is not None:
        return not allowed[0] <= code <= allowed[1]
    if not rest:
        return True
    low, high = min(rest), max(rest)
    if code < 0:
        return low >= 0 or (code <= FAR * low and low - code > 1)
    return code >= FAR * high and code - high > 1


def reason_for(code: str, label: str) -> MissingReason:
    """The reason that a label says, else the one that the code has in other systems, else not recorded."""
    return said_by(label) or CROSSWALK.get(code.lower(), MissingReason.NOT_RECORDED)


def said_by(label: str) -> MissingReason | None:
    return next((reason for words, reason in WORDS if re.search(words, label.lower())), None)

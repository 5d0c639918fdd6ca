"""filterLogic: which rows are exported. Comparisons of [field] with values or with each other, and, or, not, brackets.

    [scores_pain] >= 5 and not ([patient_sex] = 'M' or [chart_arm_1][procedure_kind] = "pdn")

A field is read in the row, or where the row repeats a form, in the row of its event; with an event before it, in that
event's row. A checkbox is asked by its code: [fracture_levels(s1)] = '1'. Two numbers compare as numbers, all else as
text; what is empty is neither less nor more than anything.
"""

import re
from collections.abc import Callable, Collection
from decimal import Decimal, InvalidOperation

from registry.redcap_api.refusals import Refusal

LONGEST, DEEPEST = 5000, 40
TOKEN = re.compile(
    r"""\s*(?:(?P<field>(?:\[[^\[\]]*\]){1,2})|(?P<text>'[^']*'|"[^"]*")|(?P<number>-?\d+(?:\.\d+)?)"""
    r"""|(?P<sign><>|!=|<=|>=|=|<|>)|(?P<word>(?:and|or|not)\b)|(?P<open>\()|(?P<close>\)))""",
    re.IGNORECASE | re.ASCII,
)
PLACE = re.compile(r"\[(?P<name>[a-z0-9_]+)(?:\((?P<code>[^()\[\]]{1,60})\))?\]", re.ASCII)
COMPARED = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
}  # fmt: skip
EQUALITY = ("=", "<>", "!=")
SHAPE = "filterLogic takes comparisons such as [field] = 'x' or [field] >= 5, with and, or, not and brackets"

# What a field holds: (event or "", field, code of a checkbox or "") → text.
Look = Callable[[str, str, str], str]
Condition = Callable[[Look], bool]


def read_filter(text: str, *, fields: Collection[str], events: Collection[str]) -> Condition:
    """The condition that a text states; Refusal in words where it states none."""
    if len(text) > LONGEST:
        raise Refusal(f"filterLogic has at most {LONGEST} characters.")
    reader = Reader(tokens_of(text), fields, events)
    condition = reader.either(0)
    if reader.left:
        raise Refusal(f"{SHAPE}: {reader.left[0][1]!r} is not expected where it stands.")
    return condition


def tokens_of(text: str) -> list[tuple[str, str]]:
    """(kind, text) of each part."""
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise Refusal(f"{SHAPE}: {text[place : place + 20].strip()!r} is not understood.")
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


class Reader:
    """Reads a condition from left to right."""

    def __init__(self, tokens: list[tuple[str, str]], fields: Collection[str], events: Collection[str]):
        self.left, self.fields, self.events = tokens, fields, events

    def next_is(self, kind: str, word: str = "") -> bool:
        there = self.left and self.left[0][0] == kind and (not word or self.left[0][1].lower() == word)
        if there:
            self.left = self.left[1:]
        return bool(there)

    def either(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise Refusal(f"{SHAPE}, at most {DEEPEST} deep.")
        parts = [self.both(depth)]
        while self.next_is("word", "or"):
            parts.append(self.both(depth))
        return lambda look: any(part(look) for part in parts)

    def both(self, depth: int) -> Condition:
        parts = [self.one(depth)]
        while self.next_is("word", "and"):
            parts.append(self.one(depth))
        return lambda look: all(part(look) for part in parts)

    def one(self, depth: int) -> Condition:
        negated = False
        while self.next_is("word", "not"):
            negated = not negated
        if self.next_is("open"):
            inner = self.either(depth + 1)
            if not self.next_is("close"):
                raise Refusal(f"{SHAPE}: a bracket is not closed.")
        else:
            inner = self.comparison()
        return (lambda look: not inner(look)) if negated else inner

    def comparison(self) -> Condition:
        first = self.operand()
        if not self.left or self.left[0][0] != "sign":
            raise Refusal(f"{SHAPE}: a field is not compared with anything.")
        sign, self.left = self.left[0][1], self.left[1:]
        second = self.operand()
        return lambda look: compare(first(look), sign, second(look))

    def operand(self) -> Callable[[Look], str]:
        if not self.left or self.left[0][0] not in ("field", "text", "number"):
            raise Refusal(f"{SHAPE}: a field or a value is lacking.")
        (kind, text), self.left = self.left[0], self.left[1:]
        if kind == "field":
            return self.field(text)
        value = text[1:-1] if kind == "text" else text
        return lambda look: value

    def field(self, text: str) -> Callable[[Look], str]:
        *before, last = re.findall(r"\[[^\[\]]*\]", text)
        event, place = before[0][1:-1] if before else "", PLACE.fullmatch(last)
        if event and event not in self.events:
            raise Refusal(f"filterLogic: there is no event {event[:60]!r}.")
        if place is None or place["name"] not in self.fields:
            raise Refusal(f"filterLogic: there is no field {last[1:-1][:60]!r}.")
        name, code = place["name"], place["code"] or ""
        return lambda look: look(event, name, code)


def compare(first: str, sign: str, second: str) -> bool:
    """As numbers where both are, else as text."""
    numbers = number(first), number(second)
    if None not in numbers:
        return COMPARED[sign](*numbers)
    if sign not in EQUALITY and "" in (first, second):
        return False
    return COMPARED[sign](first, second)


def number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None

"""Tables with labels, as Stata and SPSS know them: legal names, cut labels, codes as numbers. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from outcomes.columns import level_text
from reports.data import names
from reports.data.variables import CATEGORY, NUMBER, Table, Variable

ELLIPSIS = "…"
NO_AND_YES = {"no": 0, "yes": 1}


@dataclass(frozen=True, kw_only=True)
class Format:
    """What a statistics program can hold: bytes of a name, characters of a label, words that are no names."""

    key: str
    longest_name: int
    longest_label: int
    longest_value_label: int
    reserved: frozenset[str]

    def names(self, variables: Iterable[Variable]) -> dict[str, str]:
        """Each variable's name → the one that the program can hold; no two alike, in whatever case."""
        wanted = [variable.name for variable in variables]
        made = (names.legal(name, longest=self.longest_name, reserved=self.reserved) for name in wanted)
        return dict(zip(wanted, names.unique(made, longest=self.longest_name, fold=True), strict=True))

    def label(self, variable: Variable, name: str) -> str:
        """The variable's words and unit; behind them its own name, where the program has another."""
        unit = f" ({variable.unit})" if variable.unit else ""
        own = f" [{cut(variable.name, self.longest_label // 2)}]" if name != variable.name else ""
        return f"{cut(variable.label + unit, self.longest_label - len(own.encode()))}{own}"

    def value_label(self, words: str) -> str:
        return cut(words, self.longest_value_label)


def cut(words: str, longest: int) -> str:
    """The words in at most so many bytes, an ellipsis where something is left out."""
    whole = words.encode()
    if len(whole) <= longest:
        return words
    return whole[: max(0, longest - len(ELLIPSIS.encode()))].decode(errors="ignore") + ELLIPSIS


def coded(variable: Variable) -> dict[str, int]:
    """Each code of a category that the dictionary has words for → its number; empty for any other variable.

    A code that is a whole number is its own; no is 0 and yes is 1. The others are numbered after those, in the
    dictionary's order and not in that of the rows, so that a number means the same in each freeze.
    """
    if variable.kind != CATEGORY:
        return {}
    own = {code: int(code) for code in variable.labels if is_whole(code)}
    if NO_AND_YES.keys() <= variable.labels.keys():
        own |= NO_AND_YES
    others = [code for code in variable.labels if code not in own]
    return own | {code: number for number, code in enumerate(others, start=max(own.values(), default=0) + 1)}


def is_whole(code: str) -> bool:
    return code.removeprefix("-").isdecimal() and code.isascii() and -(2**31) < int(code) < 2**31 - 100


def numbers_of(variable: Variable, column: pa.ChunkedArray) -> np.ndarray:
    """A column as numbers, NaN where there is none; a coded category by its codes' numbers."""
    if variable.kind == NUMBER:
        return column.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(float, copy=True)
    numbers = coded(variable)
    encoded = column.combine_chunks().dictionary_encode()
    each = [numbers[level_text(text)] for text in encoded.dictionary.to_pylist()]
    return np.array([*each, np.nan])[encoded.indices.fill_null(len(each)).to_numpy(zero_copy_only=False)]


def texts_of(column: pa.ChunkedArray) -> list[str]:
    return ["" if text is None else text for text in column.to_pylist()]


def number_labels(variable: Variable) -> dict[float, str]:
    """The words of a variable's numbers."""
    if variable.kind == NUMBER:
        return {float(code): words for code, words in variable.labels.items() if is_number(code)}
    return {float(number): variable.labels[code] for code, number in coded(variable).items()}


def is_number(code: str) -> bool:
    return code.removeprefix("-").replace(".", "", 1).isdecimal() and code.isascii()


def reasons_of(table: Table, variable: Variable) -> pa.DictionaryArray | None:
    """Why each row's value is missing, for a variable whose gaps have reasons."""
    if not variable.reason_in:
        return None
    return table.rows[variable.reason_in].combine_chunks().dictionary_encode()

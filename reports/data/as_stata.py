"""Tables as Stata files (format 118: Stata 14 and later), with labels and .a to .j for the reasons of gaps."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyreadstat

from reports.data.labelled import (
    Format,
    coded,
    number_labels,
    numbers_of,
    reasons_of,
    texts_of,
)
from reports.data.missing import REASON_LABELS, STATA_LETTERS
from reports.data.variables import Table, Variable
from reports.data.written import MONTHS, written

STATA = Format(
    key="stata",
    longest_name=31,  # Stata holds 32; the writer names the labels of a column as the column, and holds 31 there
    longest_label=80,
    longest_value_label=32_000,
    reserved=frozenset(
        {"byte", "double", "float", "if", "in", "int", "long", "str", "strl", "using", "with"}
        | {f"str{width}" for width in range(1, 2046)}
    ),
)
VERSION = 14
STAMP = re.compile(rb"(<timestamp>\x11).{17}(</timestamp></header>)", re.S)


def to_stata(table: Table, clock: datetime, about: str) -> bytes:
    """The table as a .dta file whose only clock is the one that is given."""
    names = STATA.names(table.variables)
    frame = pd.DataFrame({names[each.name]: column_of(table, each) for each in table.variables})
    reasoned = [names[variable.name] for variable in table.variables if variable.reason_in]
    made = written(
        pyreadstat.write_dta,
        frame,
        version=VERSION,
        file_label=about,
        column_labels=[STATA.label(each, names[each.name]) for each in table.variables],
        variable_value_labels={names[each.name]: labels for each in table.variables if (labels := labels_of(each))},
        missing_user_values={name: [*STATA_LETTERS.values()] for name in reasoned},
    )
    return dated(made, clock)


def column_of(table: Table, variable: Variable):
    """A column as pyreadstat takes it: texts, numbers, or numbers among letters that stand for reasons."""
    column = table.rows[variable.name]
    if not (variable.is_number or coded(variable)):
        return pd.Series(texts_of(column), dtype=object)
    numbers, reasons = numbers_of(variable, column), reasons_of(table, variable)
    if reasons is None or reasons.null_count == len(reasons):
        return numbers
    letters = np.array([*(STATA_LETTERS[reason] for reason in reasons.dictionary.to_pylist()), None], dtype=object)
    which = reasons.indices.fill_null(len(letters) - 1).to_numpy(zero_copy_only=False)
    return pd.Series(np.where(which < len(letters) - 1, letters[which], numbers.astype(object)), dtype=object)


def labels_of(variable: Variable) -> Mapping:
    """The words of a variable's numbers, and of its letters; Stata has words for whole numbers alone."""
    words = {value: STATA.value_label(text) for value, text in number_labels(variable).items() if value % 1 == 0}
    if not variable.reason_in:
        return words
    return words | {STATA_LETTERS[reason]: text for reason, text in REASON_LABELS.items()}


def dated(content: bytes, clock: datetime) -> bytes:
    """The file with this moment (UTC) where the writer put the machine's: `<timestamp>` at the end of its header."""
    moment = clock.astimezone(UTC)
    stamp = f"{moment.day:02} {MONTHS[moment.month - 1]} {moment:%Y %H:%M}".encode()
    return STAMP.sub(rb"\g<1>" + stamp + rb"\g<2>", content, count=1)

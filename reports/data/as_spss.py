"""Tables as SPSS files, with labels and declared missing codes for the reasons of gaps."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyreadstat

from reports.data.labelled import Format, is_whole, number_labels, numbers_of, reasons_of, texts_of
from reports.data.missing import REASON_LABELS, spss_codes
from reports.data.variables import CATEGORY, Table, Variable
from reports.data.written import MONTHS, written

SPSS = Format(
    key="spss",
    longest_name=64,
    longest_label=255,
    longest_value_label=120,
    reserved=frozenset({"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"}),
)
# Behind "$FL2", the program's name (60), four numbers of 4 bytes, the number of cases (4) and the bias (8).
STAMP = slice(92, 92 + len("21 Nov 2620:43:01"))


def to_spss(table: Table, clock: datetime, about: str) -> bytes:
    """The table as a .sav file whose only clock is the one that is given."""
    names = SPSS.names(table.variables)
    frame = pd.DataFrame({names[each.name]: column_of(table, each) for each in table.variables})
    made = written(
        pyreadstat.write_sav,
        frame,
        row_compress=True,
        file_label=about,
        column_labels=[SPSS.label(each, names[each.name]) for each in table.variables],
        variable_value_labels={names[each.name]: labels for each in table.variables if (labels := labels_of(each))},
        missing_ranges={names[each.name]: [missing_range(each)] for each in table.variables if each.reason_in},
        variable_measure={names[each.name]: measure(each) for each in table.variables},
        variable_format={names[each.name]: f"F{8 + each.decimals}.{each.decimals}" for each in table.variables
                         if is_numeric(each)},
    )  # fmt: skip
    return dated(made, clock)


def is_numeric(variable: Variable) -> bool:
    """Numbers, and categories with codes that are whole numbers; other codes stay the texts that they are."""
    return variable.is_number or (variable.kind == CATEGORY and any(map(is_whole, variable.labels)))


def column_of(table: Table, variable: Variable):
    """A column as pyreadstat takes it: texts, or numbers among which negative codes stand for reasons."""
    column = table.rows[variable.name]
    if not is_numeric(variable):
        return pd.Series(texts_of(column), dtype=object)
    numbers, reasons = numbers_of(variable, column), reasons_of(table, variable)
    if reasons is None or reasons.null_count == len(reasons):
        return numbers
    codes = spss_codes(variable)
    missing = np.array([*(codes[reason] for reason in reasons.dictionary.to_pylist()), np.nan])
    which = missing[reasons.indices.fill_null(len(missing) - 1).to_numpy(zero_copy_only=False)]
    return np.where(np.isnan(which), numbers, which)


def labels_of(variable: Variable) -> Mapping:
    """The words of a variable's values, and of its missing codes."""
    if not is_numeric(variable):
        return {code: SPSS.value_label(words) for code, words in variable.labels.items()}
    words = {value: SPSS.value_label(text) for value, text in number_labels(variable).items()}
    if not variable.reason_in:
        return words
    return words | {float(code): REASON_LABELS[reason] for reason, code in spss_codes(variable).items()}


def missing_range(variable: Variable) -> dict[str, int]:
    codes = spss_codes(variable).values()
    return {"lo": min(codes), "hi": max(codes)}


def measure(variable: Variable) -> str:
    if not variable.is_number:
        return "nominal"
    return "ordinal" if variable.labels else "scale"


def dated(content: bytes, clock: datetime) -> bytes:
    """The file with this moment (UTC) where the writer put the machine's: the date and the time in its header."""
    moment = clock.astimezone(UTC)
    stamp = f"{moment.day:02} {MONTHS[moment.month - 1]} {moment:%y%H:%M:%S}".encode()
    return content[: STAMP.start] + stamp + content[STAMP.stop :]

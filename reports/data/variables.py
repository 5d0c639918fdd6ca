"""What a column of a data file is, and a table of such columns. The dictionary of every format. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

# A code names a row of another table, or comes from a list of this program's own; a category is an answer.
TEXT, CODE, CATEGORY, NUMBER = "text", "code", "category", "number"


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One column: its name, its words, and what its values mean.

    labels: code → words, of every code that there is, met or not. reasons: a missing value may carry a coded reason; it
    stands in the column `reason_in` of the same row, and in Stata and SPSS in the value's own place too.
    """

    name: str
    label: str
    kind: str
    unit: str = ""
    decimals: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    minimum: str | None = None
    maximum: str | None = None
    reason_in: str = ""
    source: str = ""
    version: str = ""
    note: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind == NUMBER

    def named(self, name: str) -> "Variable":
        return replace(self, name=name)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a data file: `rows` has a column for each variable, in their order. `key` names a row."""

    name: str
    title: str
    key: tuple[str, ...]
    variables: tuple[Variable, ...]
    rows: pa.Table

    @property
    def by_name(self) -> dict[str, Variable]:
        return {variable.name: variable for variable in self.variables}

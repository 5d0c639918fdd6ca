"""How the record says no: which row, field, value and rule, and what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One broken rule. `where` names the row (a file and line, a visit); `field` the column or form field.

    A `warning` is no longer one once somebody gives a reason for the rule's code.
    """

    rule: str
    field: str
    value: str
    message: str
    where: str = ""
    warning: bool = False

    def __str__(self):
        place = ", ".join(part for part in (self.where, self.field and f"field {self.field}") if part)
        value = f" has {self.value!r}" if self.value else ""
        return f"{place}{value}: {self.message} [{self.rule}]"


class RegistryError(Exception):
    """A person's mistake, in words; nothing was changed."""


class Refused(RegistryError):
    """One or more rules are broken."""

    def __init__(self, problems: list[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


class StaleSave(RegistryError):
    """Somebody saved this row after it was opened here."""

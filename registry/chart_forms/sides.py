"""Two people, one row: what stood there, what stands there now, what was typed; and the choice between them."""

from dataclasses import dataclass

from django.http import QueryDict

from registry.chart_forms.chart import ChartForm, as_shown, shown
from registry.models import ChartRow

THEIRS = "theirs"


@dataclass(frozen=True)
class Side:
    """A field that two people answered differently."""

    name: str
    label: str
    before: str
    theirs: str
    mine: str


def sides_of(form: ChartForm, now: ChartRow, opened: int | None) -> list[Side]:
    """Every field in which what was typed is not what is recorded now."""
    mine, before = form.unsaved(), now.history.filter(version=opened or 0).order_by("pgh_id").last()
    sides = [
        Side(
            column.name, str(column.verbose_name), shown(form, before, column) if before else "",
            shown(form, now, column), shown(form, mine, column),
        )
        for column in form.form.fields
    ]  # fmt: skip
    return [side for side in sides if side.theirs != side.mine]


def settled(data: QueryDict, row: ChartRow | None, form) -> QueryDict:
    """What was sent, with their values where the person chose to take them; only of the version that was shown."""
    taken = [name.removeprefix("take_") for name, choice in data.items() if choice == THEIRS]
    if row is None or not taken or data.get("version") != str(row.version):
        return data
    data = data.copy()
    for column in form.fields:
        if column.name in taken:
            put(data, f"value_{column.name}", as_shown(row, column))
            data[f"missing_{column.name}"] = row.missing.get(column.name, "")
    return data


def put(data: QueryDict, name: str, value) -> None:
    """Put a value where the page would have typed it; ticks have a name each."""
    for ticked in [each for each in data if each.startswith(f"{name}.")]:
        del data[ticked]
    if isinstance(value, list):
        data.update({f"{name}.{each}": each for each in value})
    else:
        data[name] = value

"""From a plan's entry and a freeze's columns to a payload, by way of tables."""

from collections.abc import Mapping

from outcomes.columns import Columns
from outcomes.plans.check import specified


def run(entry: Mapping, columns: Columns) -> dict:
    """The payload of one analysis. Raises PlanError where the entry is wrong or names what the columns do not have."""
    return computed(specified(entry), columns)


def computed(spec, columns: Columns) -> dict:
    """The payload of an entry that was checked before. PlanError where it names what the columns do not have."""
    return spec.compute(spec.tabulate(columns))

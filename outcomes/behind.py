"""The tables of counts that a result was computed from: its entry on its freeze, tabulated once more."""

from collections.abc import Mapping

from outcomes.freeze import load_columns
from outcomes.models import Freeze, Result
from outcomes.plans.check import specified
from outcomes.stats.tables import Tables


def counts_behind(result: Result) -> Tables:
    """What the kernel was given for this result: integers and names. The freeze is read for it; nothing is stored."""
    kept = Freeze.objects.get(pk=result.freeze_id)
    return tables_of(result.entry, kept)


def tables_of(entry: Mapping, kept: Freeze) -> Tables:
    """The tables of an entry on a kept freeze. Raises PlanError where the entry names what the freeze does not have."""
    return specified(entry).tabulate(load_columns(kept))

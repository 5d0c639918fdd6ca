"""Values that follow from what was recorded, computed here and nowhere else."""

from registry.models.dates import Precision


def age_at(born_on, born_precision, on, on_precision) -> int | None:
    """Whole years from birth to a date; from the years alone where either is known to the year only."""
    if born_on is None or on is None:
        return None
    years = on.year - born_on.year
    exact = {born_precision, on_precision} == {Precision.DAY.value}
    return years - ((on.month, on.day) < (born_on.month, born_on.day)) if exact else years

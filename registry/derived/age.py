"""Age at a date, and its band."""

DAY = "day"


def age_at(born_on, born_precision, on, on_precision) -> int | None:
    """Whole years from birth to a date; from the years alone where either is known to the year only."""
    if born_on is None or on is None:
        return None
    years = on.year - born_on.year
    exact = {born_precision, on_precision} == {DAY}
    return years - ((on.month, on.day) < (born_on.month, born_on.day)) if exact else years


def age_band(age: int | None) -> str | None:
    """The band of an age in years, as Gupta prints them: under_70, 70_79, 80_89 or 90_plus [S].

    None of None; ValueError of a negative age.
    """
    if age is None:
        return None
    if age < 0:
        raise ValueError(f"an age is 0 or more, not {age}")
    return "under_70" if age < 70 else "70_79" if age < 80 else "80_89" if age < 90 else "90_plus"

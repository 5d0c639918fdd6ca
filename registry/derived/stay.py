"""Length of stay."""

from registry.derived.spans import Span, days_between

DEFINITION = "nights_from_procedure_to_discharge"


def los_days(procedure: Span | None, discharge: Span | None) -> int | None:
    """Nights from the procedure to the discharge; the same day is 0 [P: Clunk does not define it].

    None unless both are known to the day, and where the discharge is before the procedure, which rule D7 refuses.
    """
    days = days_between(procedure, discharge)
    return None if days is None or days < 0 else days

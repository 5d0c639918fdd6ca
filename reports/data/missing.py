"""Why a value is missing, as each format keeps it. Stata: .a to .j. SPSS: negative codes declared as missing. Pure."""

from decimal import Decimal

from registry.models import MissingReason
from reports.data.variables import Variable

REASON_LABELS: dict[str, str] = {reason.value: str(reason.label) for reason in MissingReason}
STATA_LETTERS: dict[str, str] = {code: chr(ord("a") + place) for place, code in enumerate(REASON_LABELS)}
HIGHEST_CODE = -901


def spss_codes(variable: Variable) -> dict[str, int]:
    """Each reason's number: -901, -902, ...; further down for a scale that reaches so low."""
    highest = HIGHEST_CODE
    while variable.minimum is not None and Decimal(variable.minimum) <= highest:
        highest = highest * 10 - 1
    return {code: highest - place for place, code in enumerate(REASON_LABELS)}

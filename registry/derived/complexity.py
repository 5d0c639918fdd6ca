"""How complex a procedure with photodynamic nails was."""

from collections.abc import Collection

SIMPLE, COMPLEX, NEEDS_REVIEW = "simple", "complex", "needs_review"
NO_HARDWARE = "none"


def pdn_complexity(group: str | None, sacral_pdns: int | None, hardware: Collection[str] | None) -> str | None:
    """simple, complex, needs_review or None, by Clunk's rule [S]. Only sacral PDNs count; periacetabular are hardware.

    simple: 1 or 2 sacral PDNs and no additional hardware; complex: 1 or more and any. 3 or more alone, or none, are not
    defined, and a person looks. None of a procedure without PDNs, and while the count or the hardware is not known
    (hardware: empty or "none" is none, None is not known). ValueError of a negative count.
    """
    if sacral_pdns is not None and sacral_pdns < 0:
        raise ValueError(f"a count is 0 or more, not {sacral_pdns}")
    if group != "pdn" or sacral_pdns is None or hardware is None:
        return None
    if sacral_pdns == 0:
        return NEEDS_REVIEW
    if set(hardware) - {NO_HARDWARE}:
        return COMPLEX
    return SIMPLE if sacral_pdns <= 2 else NEEDS_REVIEW

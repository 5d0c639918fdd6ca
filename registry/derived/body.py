"""Body mass index."""

from decimal import Decimal

from registry.derived.rounding import to_tenth

# Outside of these, a height or a weight was mistyped; the rules refuse it.
BMI_LOWEST, BMI_HIGHEST = 10, 80


def bmi(height_cm: Decimal | None, weight_kg: Decimal | None) -> Decimal | None:
    """kg/m2 to one decimal, from cm and kg [K]; Clunk collected it and did not report it [S].

    None where either is not known; ValueError where either is not above 0.
    """
    if height_cm is None or weight_kg is None:
        return None
    if height_cm <= 0 or weight_kg <= 0:
        raise ValueError("a height and a weight are above 0")
    return to_tenth(Decimal(weight_kg) * 10_000 / (Decimal(height_cm) ** 2))

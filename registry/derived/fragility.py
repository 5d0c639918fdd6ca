"""The order of fragility fractures of the pelvis (Rommens and Hofmann)."""

FFP = ("Ia", "Ib", "IIa", "IIb", "IIc", "IIIa", "IIIb", "IIIc", "IVa", "IVb", "IVc")


def ffp_order(code: str | None) -> int | None:
    """1 to 11, by rising instability [V; the caption in Singh is garbled]. None of None; ValueError of another code."""
    if code is None:
        return None
    if code not in FFP:
        raise ValueError(f"{code!r} is not one of {', '.join(FFP)}")
    return FFP.index(code) + 1


def ffp_involves_sacrum(code: str | None) -> bool | None:
    """Type I is of the anterior ring only, which in a registry of the sacrum is worth a warning [V]."""
    order = ffp_order(code)
    return None if order is None else order > 2

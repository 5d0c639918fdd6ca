"""Response on the four-level pain scale of Gupta."""

RESPONDERS = frozenset({1, 2})


def is_responder(fourp: int | None) -> bool | None:
    """1 complete resolution and 2 improved are responders; 3 unchanged and 4 worse are none [S, Gupta Table 2].

    None where it is missing; ValueError where it is not 1 to 4. It compares with the time before the procedure, so
    there is none at baseline.
    """
    if fourp is None:
        return None
    if fourp not in (1, 2, 3, 4):
        raise ValueError(f"the scale has the levels 1 to 4, not {fourp}")
    return int(fourp) in RESPONDERS

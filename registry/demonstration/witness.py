"""Invented integer rows that print the published summary figures; `witness.json` holds them as they were found."""

import json
from pathlib import Path

WITNESS: dict = json.loads((Path(__file__).parent / "witness.json").read_text("utf-8"))


def clunk_rows(measure: str) -> tuple[list[int], list[int]]:
    """`op_time` (minutes), `ebl` (ml) or `los` (days): seven simple and seven complex rows."""
    simple, complex_ = WITNESS["clunk_table2"]["rows"][measure]
    return simple, complex_


def gupta_pairs(measure: str, arm: str) -> list[tuple[int, int]]:
    """`VAS` or `FMS` before and after, of `cancer` (11) or `noncancer` (16); a pair is one row."""
    rows = WITNESS[f"gupta_{measure}"]
    return list(zip(rows[f"{arm}_pre"], rows[f"{arm}_post"], strict=True))


def cox_pairs(arm: str) -> list[tuple[int, int]]:
    """MSTS totals before and at the final encounter, of `psfs` (9) or `sp` (12), pathological fractures."""
    rows = WITNESS["cox_pathological_msts_total"]
    return list(zip(rows[f"{arm}_pre"], rows[f"{arm}_post"], strict=True))

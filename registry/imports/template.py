"""The empty table that a study asks for: a header to fill, whose names the import understands by itself."""

from collections.abc import Iterable

LONG, WIDE = "long", "wide"
SHAPES = (LONG, WIDE)
PATIENT = "patient_id"
OF_A_PATIENT = ("sex", "born_on", "kind", "performed_on")


def template_header(
    shape: str, *, instruments: Iterable[str], timepoints: Iterable[str], covariates: Iterable[str] = ()
) -> list[str]:
    """The columns of one row a score (long), or of one row a patient, with the scores visit by visit (wide).

    Instruments by key, timepoints by code, covariates by name.
    """
    if shape == LONG:
        return [PATIENT, "timepoint", "visited_on", "instrument", "value"]
    about, keys = [PATIENT, *covariates], list(instruments)
    about += [name for name in OF_A_PATIENT if name not in about]
    return [*about, *(f"{key}_{code}" for code in timepoints for key in keys)]

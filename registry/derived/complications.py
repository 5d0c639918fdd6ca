"""Which complications are significant, as Gupta counts them."""

from registry.derived.certainty import all_of, any_of

SYSTEMIC = frozenset({"vte_pe", "cardiac_resp"})
LEAK = frozenset({"cement_extravasation"})
DEFICITS = frozenset({"neuro_deficit_new", "radiculopathy"})
PROCEDURE_RELATED = frozenset({"procedure", "device"})


def significant_gupta(
    type_code: str | None,
    *,
    permanent_deficit: bool | None = None,
    needed_surgery: bool | None = None,
    related: str | None = None,
) -> bool | None:
    """A leak with permanent deficit, cauda equina, a new deficit that needed surgery, a systemic event such as
    pulmonary embolism, or a death that is related to the procedure [S, Gupta].

    related: device, procedure, disease, unrelated or unknown. None where what decides is not known.
    """
    if type_code is None:
        return None
    return any_of(
        [
            type_code == "cauda_equina",
            type_code in SYSTEMIC,
            all_of([type_code in LEAK, permanent_deficit]),
            all_of([type_code in DEFICITS, needed_surgery]),
            all_of([type_code == "death", _by_the_procedure(related)]),
        ]
    )


def _by_the_procedure(related: str | None) -> bool | None:
    return None if related in (None, "unknown") else related in PROCEDURE_RELATED

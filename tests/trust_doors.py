"""The doors of queries, verification, locks and history: where each is, and what is sent."""

from django.urls import reverse

from registry.actions.queries import open_query
from registry.addresses import Address

QUESTION = {"text": "The letter says 8.", "category": "source"}
# name: (the row it is about, the arguments of its address, what is sent)
TRUST_DOORS = {
    "query-list": ("", (), {}),
    "query-csv": ("", (), {}),
    "query-detail": ("query", ("query.pk",), {"do": "closed", "version": 1}),
    "query-create": ("visit", ("visit", "visit.pk"), QUESTION),
    "query-create-field": ("visit", ("visit", "visit.pk", "pain"), QUESTION),
    "check-row": ("visit", ("visit", "visit.pk"), {"seen_pain": "3"}),
    "check-value": ("visit", ("visit", "visit.pk", "pain"), {"do": "verify", "seen": "3"}),
    "verification-list": ("", (), {}),
    "history-row": ("visit", ("visit", "visit.pk"), {}),
    "history-field": ("visit", ("visit", "visit.pk", "pain"), {}),
    "patient-lock": ("patient", ("patient.pk",), {"do": "lock", "version": 1}),
    "study-lock": ("study", ("study.slug",), {"do": "lock"}),
}


def trust_rows(visit, by) -> dict:
    """A query about a score."""
    address = Address("visit", visit.pk, "pain")
    return {"query": open_query(address=address, patient=visit.procedure.patient, **QUESTION, by=by)}


def trust_address(name: str, rows: dict) -> str:
    """Where a door is: 'visit.pk' is a row's own, a word without a dot stands for itself."""
    arguments = [argument.split(".") for argument in TRUST_DOORS[name][1]]
    return reverse(name, args=[getattr(rows[word], rest[0]) if rest else word for word, *rest in arguments])

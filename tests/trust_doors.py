"""The doors of queries, verification, locks and history: what each answers, where it is, and what is sent."""

from django.urls import reverse

from registry.actions.queries import open_query
from registry.addresses import Address

LIST = {"get": "200 200 200 200 200 200 302"}
READ = {"get": "200 200 200 404 404 404 302", "elsewhere": "404 404 404 404 404 200 302"}
CHECKED = {"post": "403 302 302 404 404 404 302"}
ASK = {"get": "403 200 200 404 404 404 302", "elsewhere": "404 404 404 404 404 403 302"} | CHECKED
LOCK = {
    "get": "403 403 200 404 404 404 302",
    "elsewhere": "404 404 404 404 404 403 302",
    "post": "403 403 302 404 404 404 302",
}
BACK = {"get": "302 302 302 404 404 404 302", "elsewhere": "404 404 404 404 404 302 302"} | CHECKED
QUESTION = {"text": "The letter says 8.", "category": "source"}
# name: (statuses, the row it is about, the arguments of its address, what is sent)
TRUST_DOORS = {
    "query-list": (LIST, "", (), {}),
    "query-csv": (LIST, "", (), {}),
    "query-detail": (READ | CHECKED, "query", ("query.pk",), {"do": "closed", "version": 1}),
    "query-create": (ASK, "visit", ("visit", "visit.pk"), QUESTION),
    "query-create-field": (ASK, "visit", ("visit", "visit.pk", "pain"), QUESTION),
    "check-row": (READ | CHECKED, "visit", ("visit", "visit.pk"), {"seen_pain": "3"}),
    "check-value": (BACK, "visit", ("visit", "visit.pk", "pain"), {"do": "verify", "seen": "3"}),
    "verification-list": (LIST, "", (), {}),
    "history-row": (READ, "visit", ("visit", "visit.pk"), {}),
    "history-field": (READ, "visit", ("visit", "visit.pk", "pain"), {}),
    "patient-lock": (LOCK, "patient", ("patient.pk",), {"do": "lock", "version": 1}),
    "study-lock": (LOCK, "study", ("study.slug",), {"do": "lock"}),
}


def trust_rows(visit, by) -> dict:
    """A query about a score."""
    address = Address("visit", visit.pk, "pain")
    return {"query": open_query(address=address, patient=visit.procedure.patient, **QUESTION, by=by)}


def trust_address(name: str, rows: dict) -> str:
    """Where a door is: 'visit.pk' is a row's own, a word without a dot stands for itself."""
    arguments = [argument.split(".") for argument in TRUST_DOORS[name][2]]
    return reverse(name, args=[getattr(rows[word], rest[0]) if rest else word for word, *rest in arguments])

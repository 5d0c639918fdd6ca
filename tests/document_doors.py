"""The doors of documents: what each answers, and the row it is about."""

from registry.models import Job
from reports.document_asking import ask_document
from reports.models import Document
from reports.tasks import make_document

READ = {"get": "200 200 200 200 404 404 302", "elsewhere": "404 404 404 404 404 200 302"}
MAKE = {
    "get": "302 302 302 302 404 404 302",
    "elsewhere": "404 404 404 404 404 302 302",
    "post": "403 302 302 403 404 404 302",
}
# name: (statuses, the row it is about)
DOCUMENT_DOORS = {
    "document-make": (MAKE, "job"),
    "document-detail": (READ, "document"),
    "document-file": (READ, "document"),
}


def document_rows(analysis: Job, by, profile: str = Document.Profile.TABLES) -> dict:
    """A document of the analysis, made."""
    job = ask_document(analysis=Job.objects.get(pk=analysis.pk), profile=profile, by=by)
    make_document(str(job.pk))
    return {"document": Document.objects.get(job=job)}

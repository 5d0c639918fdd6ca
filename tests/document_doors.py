"""The doors of documents: the row that each is about."""

from registry.models import Job
from reports.document_asking import ask_document
from reports.models import Document
from reports.tasks import make_document

# name: the row it is about
DOCUMENT_DOORS = {"document-make": "job", "document-detail": "document", "document-file": "document"}


def document_rows(analysis: Job, by, profile: str = Document.Profile.TABLES) -> dict:
    """A document of the analysis, made."""
    job = ask_document(analysis=Job.objects.get(pk=analysis.pk), profile=profile, by=by)
    make_document(str(job.pk))
    return {"document": Document.objects.get(job=job)}

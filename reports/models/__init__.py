"""Reports as files, and the rows that left a site as a release of a freeze."""

from reports.models.document import Document, DocumentFile, Download
from reports.models.release import Release, ReleaseAgreement, ReleaseFile

__all__ = ["Document", "DocumentFile", "Download", "Release", "ReleaseAgreement", "ReleaseFile"]

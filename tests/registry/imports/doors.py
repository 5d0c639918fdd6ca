"""The doors of the staged import, for the table of every door."""

from django.core.files.uploadedfile import SimpleUploadedFile

from registry.actions.imports import do_now, map_columns, upload_file
from registry.models import StudySite
from tests.registry.imports.staged import LONG, long_file

# name: (the row it is about, what is sent)
IMPORT_DOORS = {
    "import-list": ("", ""),
    "import-upload": ("", "upload"),
    "import-detail": ("batch", "commit"),
    "import-progress": ("batch", ""),
    "import-errors": ("batch", ""),
    "import-record": ("study", ""),
    "import-template": ("study", ""),
}


def import_rows(study, site, by) -> dict:
    """A file that waits to be committed."""
    content = long_file(("D-001", "w6", "pain", "3"))
    batch = do_now(upload_file(study=study, site=site, name="scores.csv", content=content, by=by))
    return {"batch": do_now(map_columns(batch, mapping=LONG, by=by))}


def import_body(kind: str, rows: dict) -> dict:
    """What somebody who may would send."""
    if kind == "commit":
        return {"data": {"do": "commit", "digest": rows["batch"].digest}}
    study = rows["study"]
    where = StudySite.objects.get(study=study, site=rows["batch"].site)
    file = SimpleUploadedFile("scores.csv", long_file(("D-002", "w6", "pain", "3")))
    return {"data": {"where": str(where.pk), "file": file}}

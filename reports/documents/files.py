"""All files of one document, and the manifest that names their bytes. No database, no clock but the freeze's."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from django.conf import settings

from outcomes.freeze import Frozen
from reports.data import package
from reports.documents import docx, html, pdf, xlsx
from reports.documents.contents import Contents, contents_of
from reports.documents.pictures import pictures_of
from reports.documents.told import Told, told
from reports.layout import Table
from reports.listing import listing
from reports.models import Document
from reports.r import script
from reports.report import build

MANIFEST = "manifest.json"
MOST_LISTED = 60  # as many as a page of a paper bears; more are in data.zip
TABLES = Document.Profile.TABLES
Say = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a document is made of. clock: the freeze's moment."""

    frozen: Frozen
    manifest: Mapping
    results: Sequence[Mapping]
    plan: Mapping | None
    profile: str
    clock: datetime


@dataclass(frozen=True)
class File:
    """A file's name and its bytes."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def files_of(source: Source, say: Say) -> list[File]:
    """Every file; the manifest is the last."""
    may = told(source.results, source.frozen, source.profile)
    report = build(source.manifest, may.results, source.plan, listed(source))
    report = replace(report, limits=(*report.limits, *may.notes))
    document = contents_of(report, may.results, source.clock, settings.PROGRAM_VERSION)
    makers = makers_of(source, document, may)
    files = []
    for done, (name, media_type, make) in enumerate(makers):
        say(done, len(makers), name)
        files.append(File(name, media_type, make()))
    return [*files, File(MANIFEST, "application/json", manifest_of(source, files))]


def listed(source: Source) -> Table | None:
    """The patients one by one, where the profile shows rows and they are few enough to read."""
    if source.profile == TABLES or source.frozen.procedures.num_rows > MOST_LISTED:
        return None
    return listing(source.frozen, (source.plan or {}).get("listing", ()), source.profile)


def makers_of(source: Source, document: Contents, may: Told) -> list[tuple[str, str, Callable[[], bytes]]]:
    """(name, media type, what makes it) of each file of the profile."""
    drawn = cache(lambda: pictures_of(document, "svg"))
    makers = [
        ("report.pdf", pdf.MEDIA_TYPE, lambda: pdf.pdf(document, drawn())),
        ("report.docx", docx.MEDIA_TYPE, lambda: docx.docx(document, pictures_of(document, "png"))),
        ("report.xlsx", xlsx.MEDIA_TYPE, lambda: xlsx.xlsx(document)),
        ("report.html", html.MEDIA_TYPE, lambda: html.html(document, drawn())),
    ]
    return (
        makers if source.profile == TABLES else [*makers, ("data.zip", "application/zip", lambda: data_of(source, may))]
    )


def data_of(source: Source, may: Told) -> bytes:
    """The rows behind the report, with the script that computes its numbers again."""
    remaking = script(source.manifest, may.results)
    return package(source.frozen, source.profile, source.clock, remaking)


def manifest_of(source: Source, files: Sequence[File]) -> bytes:
    """What the files are, of which data, by which plan, preset and program."""
    return (json.dumps(dict(about(source, files)), indent=1, ensure_ascii=False) + "\n").encode()


def about(source: Source, files: Sequence[File]) -> Iterator[tuple[str, object]]:
    envelope = source.results[0]["envelope"]
    yield "cohort", {name: source.manifest["cohort"][name] for name in ("slug", "name", "version")}
    yield "freeze", {"sha256": source.frozen.digest, "made_at": source.clock.isoformat()}
    yield "plan", envelope["plan"]
    yield "preset", envelope["preset"]
    yield "profile", source.profile
    drawn_by = settings.PROGRAM_VERSION
    yield "program", {"name": "Promontory", "version": envelope["program_version"], "files_drawn_by": drawn_by}
    yield "files", [{"name": file.name, "size": len(file.content), "sha256": file.sha256} for file in files]

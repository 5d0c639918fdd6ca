"""All files of one document, and the manifest that names their bytes. No database, no clock but the freeze's."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from outcomes.freeze import Frozen
from reports.documents import pdf
from reports.documents.contents import Contents, contents_of
from reports.report import build

MANIFEST = "manifest.json"
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
    report = build(source.manifest, source.results, source.plan)
    document = contents_of(report, source.results, source.clock)
    makers = makers_of(source, document)
    files = []
    for done, (name, media_type, make) in enumerate(makers):
        say(done, len(makers), name)
        files.append(File(name, media_type, make()))
    return [*files, File(MANIFEST, "application/json", manifest_of(source, files))]


def makers_of(source: Source, document: Contents) -> list[tuple[str, str, Callable[[], bytes]]]:
    """(name, media type, what makes it) of each file of the profile."""
    return [("report.pdf", pdf.MEDIA_TYPE, lambda: pdf.pdf(document, {}))]


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
    yield "program", {"name": "Promontory", "version": envelope["program_version"]}
    yield "files", [{"name": file.name, "size": len(file.content), "sha256": file.sha256} for file in files]

"""What names a release: its files by their digests, its freeze, its profile. Its hash is the release's digest. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from outcomes.freeze import Frozen
from outcomes.pooling.jcs import hash_of
from reports.data.variables import Table
from reports.releases.files import File
from reports.releases.profiles import ReleaseProfile

FORMAT = "promontory-release/1"


def manifest_of(
    frozen: Frozen,
    profile: ReleaseProfile,
    tables: Sequence[Table],
    files: Sequence[File],
    *,
    frozen_at: datetime,
    versions: Mapping[str, str],
    citation: str,
    supersedes: str | None,
) -> dict:
    """The manifest. versions: of the program and the dictionary. supersedes: the digest of the release before."""
    about = frozen.manifest
    return {
        "format": FORMAT,
        "cohort": {key: about["cohort"][key] for key in ("slug", "name", "version")},
        "studies": [study["slug"] for study in about["studies"]],
        "sites": about["sites"],
        "synthetic": any(study.get("synthetic") for study in about["studies"]),
        "unit": about["unit"],
        "freeze": {"sha256": frozen.digest, "frozen_at": frozen_at.astimezone(UTC).isoformat()},
        "profile": {"name": profile.name, "hash": profile.hash, "does": list(profile.words)},
        "instruments": {key: each["version"] for key, each in about["instruments"].items()},
        "changed": {name: each["note"] for name, each in about["covariates"].items() if each.get("note")},
        "tables": {table.name: table.rows.num_rows for table in tables},
        "files": [entry_of(file) for file in files],
        "cite_as": citation,
        "supersedes": supersedes,
        **versions,
    }


def entry_of(file: File) -> dict:
    """A file's line of the manifest."""
    return {
        "name": file.name, "media_type": file.media_type, "rows": file.rows, "bytes": len(file.content),
        "sha256": file.sha256,
    }  # fmt: skip


def digest_of(manifest: Mapping) -> str:
    """The release's digest: of its manifest, without the signatures that are put on it."""
    return hash_of({key: value for key, value in manifest.items() if key != "signatures"})

"""A freeze's rows as files: tidy tables and a wide one, a codebook, in the formats of the common programs."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.conf import settings

from outcomes.freeze import Frozen
from outcomes.stats.documents import canonical
from reports.data import codebook, tables
from reports.data.archive import zipped
from reports.data.as_csv import to_csv
from reports.data.as_parquet import to_parquet_file
from reports.data.as_spss import to_spss
from reports.data.as_stata import to_stata
from reports.data.deidentified import changes, deidentified
from reports.data.names import wide_columns
from reports.data.readme import readme
from reports.data.variables import Table
from reports.models import Document

__all__ = ["changes", "deidentified", "package", "secret", "wide_columns"]

MANIFEST = "manifest.json"


def package(frozen: Frozen, profile: str, clock: datetime, extra: Mapping[str, bytes] | None = None) -> bytes:
    """The zip of a freeze's data. The same freeze, profile and clock give the same bytes, whenever it is made.

    profile: identified or deidentified. clock: the freeze's moment. extra: files by name, put in as they are.
    """
    shown = frozen if profile == Document.Profile.IDENTIFIED else deidentified(frozen, secret(frozen.digest))
    made = tables.every_table(shown)
    files = dict(every_file(made, clock, f"Freeze {frozen.digest[:12]}"))
    files["codebook.csv"] = to_csv(codebook.codebook(made))
    files["values.csv"] = to_csv(codebook.codes(made))
    text = readme(shown, profile, clock, made, (extra or {}).keys(), settings.PROGRAM_VERSION)
    files["README.txt"] = text.encode()
    files |= extra or {}
    files[MANIFEST] = manifest_of(shown, profile, clock, files, made)
    return zipped(files, clock)


def secret(digest: str) -> bytes:
    """The key of a freeze's pseudonyms: nobody without the server's secret can make it."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"pseudonyms of {digest}".encode(), hashlib.sha256)


def every_file(made: Sequence[Table], clock: datetime, about: str) -> Iterator[tuple[str, bytes]]:
    """Each table in each format."""
    for table in made:
        yield f"csv/{table.name}.csv", to_csv(table.rows)
        yield f"parquet/{table.name}.parquet", to_parquet_file(table, about)
        yield f"stata/{table.name}.dta", to_stata(table, clock, about)
        yield f"spss/{table.name}.sav", to_spss(table, clock, about)


def manifest_of(
    frozen: Frozen, profile: str, clock: datetime, files: Mapping[str, bytes], made: Sequence[Table]
) -> bytes:
    """Every file with its digest, rows and columns, and the versions of what they hold."""
    manifest, sizes = frozen.manifest, {table.name: (table.rows.num_rows, table.rows.num_columns) for table in made}
    cohort = {key: manifest["cohort"][key] for key in ("slug", "name", "version")}
    about = {
        "freeze": frozen.digest, "made_at": clock.isoformat(), "profile": str(profile), "cohort": cohort,
        "studies": manifest["studies"], "sites": manifest["sites"], "unit": manifest["unit"],
        "program_version": settings.PROGRAM_VERSION,
        "instruments": {key: each["version"] for key, each in manifest["instruments"].items()},
        "files": [file_of(name, files[name], sizes) for name in sorted(files)],
    }  # fmt: skip
    return json.dumps(json.loads(canonical(about)), indent=1, ensure_ascii=False).encode() + b"\n"


def file_of(name: str, content: bytes, sizes: Mapping[str, tuple[int, int]]) -> dict:
    """A file's entry: its bytes, and where it is a table its rows and columns."""
    entry = {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    folder, _, file = name.partition("/")
    table = file.partition(".")[0]
    if folder in ("csv", "parquet", "stata", "spss") and table in sizes:
        entry |= dict(zip(("rows", "columns"), sizes[table], strict=True))
    return entry

"""Files as one zip whose bytes depend on the files and the freeze's clock alone. Pure."""

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

UNIX, ORDINARY_FILE = 3, 0o100644 << 16


def zipped(files: Mapping[str, bytes], clock: datetime) -> bytes:
    """The files in order of name, each dated by the clock (in UTC, to the even second that a zip can hold)."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in sorted(files):
            archive.writestr(entry(name, clock), files[name], zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def entry(name: str, clock: datetime) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, clock.astimezone(UTC).timetuple()[:6])
    made.create_system, made.external_attr = UNIX, ORDINARY_FILE
    return made

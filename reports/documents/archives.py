"""Office files are archives: written again with one clock and in one order, their bytes depend on what is in them."""

import io
import zipfile

EPOCH = (1980, 1, 1, 0, 0, 0)
WHOLE_FILE = 0o600 << 16


def with_one_clock(archive: bytes) -> bytes:
    """The same members in the same order, each dated 1 January 1980, as the format's own zero."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, date_time=EPOCH)
            member.compress_type, member.external_attr, member.create_system = zipfile.ZIP_DEFLATED, WHOLE_FILE, 3
            new.writestr(member, old.read(name), compresslevel=6)
    return content.getvalue()

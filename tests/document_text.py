"""What a file of a report says, as text: an archive's members, a PDF as it reads."""

import io
import shutil
import subprocess
import zipfile
from collections.abc import Iterator

import pytest

MEMBERS = {"application/zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
           "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


def text_of(media_type: str, content: bytes) -> str:
    """The text of a file; what is neither an archive nor a PDF is text itself."""
    kind = media_type.partition(";")[0]
    if kind in MEMBERS:
        return "\n".join(members(content))
    return text_of_pdf(content) if kind == "application/pdf" else content.decode("utf-8", "replace")


def members(content: bytes) -> Iterator[str]:
    """The names and the text of everything in an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield name
            yield archive.read(name).decode("utf-8", "replace")


def text_of_pdf(content: bytes) -> str:
    """The text as poppler reads it, with what the file says of itself; skips, saying so, where poppler is not."""
    if not shutil.which("pdftotext"):
        pytest.skip("No pdftotext here: apt-get install poppler-utils.")
    said = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True).stdout
    return said.decode("utf-8") + content.decode("latin-1")

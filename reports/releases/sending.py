"""One file of a release as an answer: by its ETag, in parts, compressed, and noted."""

import gzip
import re

from django.http import HttpResponse
from django.utils.http import content_disposition_header, parse_etags
from rest_framework.exceptions import APIException
from rest_framework.renderers import BaseRenderer

from registry.access import Profile
from registry.pulls import log_pull
from registry.throttle import one_at_a_time
from reports.models import Release, ReleaseFile

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
GZIP = re.compile(r"(^|,)\s*(gzip|\*)\s*(;\s*q=(?!0(\.0+)?\s*(,|$))[^,]*)?(,|$)")
LEVEL = 6


class AsItIs(BaseRenderer):
    """Whatever the asker accepts: a file has the type that it has."""

    media_type, format = "*/*", "file"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data


class OutOfRange(APIException):
    status_code = 416
    default_detail = "The file has no bytes there."


def sent(request, release: Release, file: ReleaseFile) -> HttpResponse:
    """The answer to a request for a file, in the log before it leaves: a part counts as all the rows of its file."""
    with one_at_a_time(getattr(request.user, "token", None)):
        answer = answer_to(request, file)
    log_pull(
        request, user=request.user, profile=Profile(release.profile),
        rows=(file.rows or 0) if request.method == "GET" and answer.status_code in (200, 206) else 0,
        size=len(answer.content) if request.method == "GET" else 0, status=answer.status_code,
        sites=release.manifest["sites"], release=release.digest,
    )  # fmt: skip
    return answer


def answer_to(request, file: ReleaseFile) -> HttpResponse:
    """304 where the asker has the file; a part where one is asked for; else the whole."""
    part = part_of(request.headers, file)
    zips = part is None and is_text(file) and bool(GZIP.search(request.headers.get("Accept-Encoding", "").lower()))
    etag = f'"{file.sha256}-gzip"' if zips else f'"{file.sha256}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or {f'"{file.sha256}"', f'"{file.sha256}-gzip"'} & {each.removeprefix("W/") for each in known}:
        answer = HttpResponse(status=304)
        del answer["Content-Type"]
    elif part is not None:
        first, last = part
        answer = HttpResponse(bytes(file.content)[first : last + 1], status=206, content_type=file.media_type)
        answer["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    else:
        content = bytes(file.content)
        body = gzip.compress(content, LEVEL, mtime=0) if zips else content
        answer = HttpResponse(body, content_type=file.media_type)
        if zips:
            answer["Content-Encoding"] = "gzip"
    return with_headers(answer, etag, file)


def with_headers(answer: HttpResponse, etag: str, file: ReleaseFile) -> HttpResponse:
    answer["ETag"] = etag
    answer["Accept-Ranges"] = "bytes"
    answer["Vary"] = "Accept-Encoding"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Disposition"] = content_disposition_header(True, file.name)
    return answer


def is_text(file: ReleaseFile) -> bool:
    """Whether compressing makes it smaller; Parquet is compressed already."""
    return not file.name.endswith(".parquet")


def part_of(headers, file: ReleaseFile) -> tuple[int, int] | None:
    """The first and the last byte of the one range that is asked for of this very file; None for the whole.

    OutOfRange where the file ends before.
    """
    found = RANGE.fullmatch(headers.get("Range", "").strip())
    if found is None or headers.get("If-Range", f'"{file.sha256}"') != f'"{file.sha256}"':
        return None
    first, last = found.groups()
    if not first:
        return the_last(int(last), file.size) if last else None
    if last and int(last) < int(first):
        return None
    if int(first) >= file.size:
        raise OutOfRange
    return int(first), min(int(last or file.size), file.size - 1)


def the_last(number: int, size: int) -> tuple[int, int]:
    """The range of so many bytes at the end."""
    if number == 0 or size == 0:
        raise OutOfRange
    return max(0, size - number), size - 1

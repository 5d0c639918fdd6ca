"""The parameters of a request, read: what REDCap's programs send is understood, what nobody knows is refused."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.http import QueryDict
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser, MultiPartParser

from registry.redcap_api.refusals import FORMATS, ReadOnly, Refusal
from registry.strict_json import has_unstorable

UNREADABLE = "\ufffd"
LISTS = ("records", "fields", "forms", "events", "arms")
FLAGS = ("exportSurveyFields", "exportDataAccessGroups", "exportCheckboxLabel", "exportBlankForGrayFormStatus",
         "combineCheckboxOptions")  # fmt: skip
CHOICES = {
    "format": FORMATS,
    "returnFormat": FORMATS,
    "type": ("flat", "eav"),
    "rawOrLabel": ("raw", "label"),
    "rawOrLabelHeaders": ("raw", "label"),
    "csvDelimiter": (",", "tab", ";", "|", "^"),
    "decimalCharacter": (".", ","),
}
WORDS = ("token", "content", "action", "field", "filterLogic", "dateRangeBegin", "dateRangeEnd")
# Known to REDCap, and of no consequence here: of imports, of surveys and files, of older versions.
OTHERS = (
    "allRecords", "arm", "backgroundProcess", "beginTime", "compactDisplay", "dag", "dag_id", "dags", "data",
    "dateFormat", "delete_logging", "doc_id", "endTime", "event", "eventName", "folder_id", "forceAutoNumber",
    "instrument", "logtype", "name", "override", "overwriteBehavior", "record", "repeat_instance", "report_id",
    "returnContent", "returnMetadataOnly", "role_id", "user",
)  # fmt: skip
KNOWN = {*LISTS, *FLAGS, *CHOICES, *WORDS, *OTHERS}
INDEXED = re.compile(r"(?P<name>[A-Za-z]+)\[(?P<place>\d{0,9})\]", re.ASCII)
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no", "")
WRITES = ("data", "overwriteBehavior")
SERVED = ("arm", "dag", "event", "exportFieldNames", "formEventMapping", "instrument", "metadata", "project", "record",
          "repeatingFormsEvents", "version")  # fmt: skip


class TooLarge(APIException):
    """The body is longer than a request may be."""

    status_code = 413
    default_detail = "The request is too large: send lists as one text with commas, or ask for fewer records."


class Form(BaseParser):
    """A form as programs send it, no longer than a form may be."""

    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        return QueryDict(body, encoding="utf-8")


class FormInParts(MultiPartParser):
    """The same in several parts, as older programs send it; without files."""

    def parse(self, stream, media_type=None, parser_context=None):
        found = super().parse(stream, media_type, parser_context)
        if found.files:
            raise ReadOnly("This address is read-only: it takes no files.")
        return found.data


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked. A list is None where it was not given; a flag is false."""

    content: str
    format: str
    lists: dict[str, list[str] | None]
    flags: dict[str, bool]
    said: dict[str, str]
    begins: datetime | None = None
    ends: datetime | None = None

    @property
    def delimiter(self) -> str:
        said = self.said.get("csvDelimiter") or ","
        return "\t" if said == "tab" else said


def read(given: QueryDict) -> Asked:
    """The request's parameters; Refusal names what is unknown, unclear or not served."""
    said, found = {}, {name: [] for name in LISTS}
    for key, values in given.lists():
        if len(values) > 1 and not key.endswith("[]"):
            raise Refusal(f"The parameter {shown(key)} was sent twice.")
        if any(has_unstorable(text) or UNREADABLE in text for text in (key, *values)):
            raise Refusal("The request is not UTF-8, or holds a character that cannot be stored.")
        match = INDEXED.fullmatch(key)
        name = match["name"] if match else key
        if name not in KNOWN:
            raise Refusal(f"The parameter {shown(key)} is not known.")
        if match and name in LISTS:
            found[name] += [(int(match["place"] or 0), value) for value in values]
        elif not match:
            said[name] = values[0]
    lists = {name: listed(said.get(name, ""), found[name]) for name in LISTS}
    return understood(said, lists)


def listed(text: str, indexed: list[tuple[int, str]]) -> list[str] | None:
    """A list as indexed keys or as one text with commas."""
    items = [value for _, value in sorted(indexed, key=lambda pair: pair[0])]
    items = [item.strip() for item in [*items, *text.split(",")]]
    return list(dict.fromkeys(item for item in items if item)) or None


def understood(said: dict[str, str], lists: dict) -> Asked:
    content, action = said.get("content", ""), said.get("action", "export") or "export"
    if action != "export" or any(said.get(name) for name in WRITES):
        raise ReadOnly("This address is read-only: it exports, and imports or deletes nothing.")
    if content not in SERVED:
        raise Refusal(f"The content {shown(content) or 'that was asked for'} is not served here. "
                      f"There are: {', '.join(SERVED)}.")  # fmt: skip
    for name, choices in CHOICES.items():
        if said.get(name) and said[name] not in choices:
            raise Refusal(f"{name} is one of: {' '.join(choices)}.")
    flags = {name: flag(name, said.get(name, "")) for name in FLAGS}
    span = {"begins": moment("dateRangeBegin", said), "ends": moment("dateRangeEnd", said)}
    return Asked(content=content, format=said.get("format") or "xml", lists=lists, flags=flags, said=said, **span)


def flag(name: str, text: str) -> bool:
    if text.lower() not in (*TRUE, *FALSE):
        raise Refusal(f"{name} is true or false.")
    return text.lower() in TRUE


def moment(name: str, said: dict[str, str]) -> datetime | None:
    """A moment in the server's time, which is UTC; a day alone is its beginning."""
    text = said.get(name, "").strip()
    if not text:
        return None
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise Refusal(f"Write {name} as 2024-06-30 23:59:59 (UTC).")


def shown(text: str) -> str:
    """The asker's own text at a length that can be read."""
    return text if len(text) <= 60 else f"{text[:60]}…"

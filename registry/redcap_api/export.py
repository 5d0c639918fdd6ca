"""content=record: the rows of the record, page by page, into a file that is sent when it is whole."""

import csv
import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO
from uuid import UUID
from xml.sax.saxutils import escape

from registry.redcap_api.asked import Asked
from registry.redcap_api.charts import Chart, Row, Rows, charts_of
from registry.redcap_api.columns import Columns, raw_text
from registry.redcap_api.filter_logic import Condition, read_filter
from registry.redcap_api.layout import Project
from registry.redcap_api.refusals import Refusal
from registry.snapshot import snapshot

PAGE = 200
MEMORY = 4 * 1024 * 1024
HEAD = '<?xml version="1.0" encoding="UTF-8" ?>\n<records>'
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8", "xml": "text/xml; charset=utf-8"}
Line = list[str]


class Export:
    """One export of a project: which columns, which rows, in which format."""

    def __init__(self, project: Project, asked: Asked):
        self.project, self.asked = project, asked
        self.columns, self.is_eav = Columns(project, asked), asked.said.get("type") == "eav"
        events = [event.name for event in project.events]
        unknown = [name for name in asked.lists["events"] or () if name not in events]
        if unknown:
            raise Refusal(f"The following values in the parameter events are not valid: {', '.join(unknown)[:200]}")
        self.events = set(asked.lists["events"] or events)
        self.condition = self.read_condition(events)
        self.count, self.sites = 0, set()

    def read_condition(self, events: list[str]) -> Condition | None:
        text = self.asked.said.get("filterLogic", "").strip()
        return read_filter(text, fields=self.project.by_name, events=events) if text else None

    def header(self) -> Line:
        if self.is_eav:
            return ["record", *(one.name for one in self.columns.places()), "field_name", "value"]
        by_label = self.asked.said.get("rawOrLabelHeaders") == "label" and self.asked.format == "csv"
        return [one.label if by_label else one.name for one in self.columns.all]

    def lines(self, names: Iterable[tuple[str, UUID]]) -> Iterator[Line]:
        """The rows of the records, given as (record id, patient's id), as texts."""
        left, rows = iter(names), Rows(self.project)
        while page := list(islice(left, PAGE)):
            for chart in charts_of(page, self.project):
                for row in self.rows_of(rows, chart):
                    self.count += 1
                    self.sites.add(row.group)
                    yield from self.columns.eav(row) if self.is_eav else (self.columns.flat(row),)

    def rows_of(self, rows: Rows, chart: Chart) -> Iterator[Row]:
        """The rows of a record that were asked for."""
        found = rows.of(chart)
        own = {row.event.name: row for row in reversed(found) if not row.instrument}
        for row in found:
            if row.event.name in self.events and self.columns.shows(row) and self.meets(row, own):
                yield row

    def meets(self, row: Row, own: dict[str, Row]) -> bool:
        if self.condition is None:
            return True
        events = own if not row.event.repeats or row.instrument else own | {row.event.name: row}

        def look(event: str, name: str, code: str) -> str:
            one = self.project.by_name[name]
            there = row if not event and name in row.answers else events.get(event or row.event.name)
            return raw_text(there, one, code)

        return self.condition(look)

    def written(self, names: Iterable[tuple[str, UUID]]) -> BinaryIO:
        """The whole answer, of one moment, in a file that the caller closes."""
        file = tempfile.SpooledTemporaryFile(MEMORY)  # noqa: SIM115 (the response closes it)
        with snapshot():
            for part in WRITERS[self.asked.format](self.header(), self.lines(names), self.asked.delimiter):
                file.write(part.encode())
        return file


class Written:
    """A file whose writes are handed on."""

    def write(self, text: str) -> str:
        return text


def as_csv(header: Line, lines: Iterable[Line], delimiter: str = ",") -> Iterator[str]:
    """Comma-separated; values stand as they are recorded, for programs and not for spreadsheets."""
    writer = csv.writer(Written(), delimiter=delimiter, lineterminator="\n")
    yield writer.writerow(header)
    for line in lines:
        yield writer.writerow(line)


def as_json(header: Line, lines: Iterable[Line], delimiter: str = ",") -> Iterator[str]:
    before = "["
    for line in lines:
        yield before + json.dumps(dict(zip(header, line, strict=True)))
        before = ","
    yield "]" if before == "," else "[]"


def as_xml(header: Line, lines: Iterable[Line], delimiter: str = ",") -> Iterator[str]:
    yield HEAD
    for line in lines:
        cells = (
            f"<{name}>{escape(NOT_XML.sub('', str(text)))}</{name}>" for name, text in zip(header, line, strict=True)
        )
        yield f"<item>{''.join(cells)}</item>\n"
    yield "</records>"


WRITERS = {"csv": as_csv, "json": as_json, "xml": as_xml}

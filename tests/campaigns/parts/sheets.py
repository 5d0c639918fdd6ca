"""Formulas in every text that leaves as a file for a spreadsheet, and numbers beside them."""

import csv
import io
import random
from collections import Counter
from datetime import UTC, datetime

import openpyxl
import pyarrow as pa
from django.test import Client
from django.urls import reverse

from registry.actions import events
from registry.imports.export import record_csv
from registry.imports.inert import inert
from registry.models import Event, Query
from reports.data.as_csv import to_csv
from reports.documents.contents import Contents, Facts, Points, Words
from reports.documents.xlsx import xlsx
from reports.layout import Cell, Column, Group, Row, Table
from tests.builders import build_member, build_patient, build_procedure, build_site, build_study

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
BEFORE = ["", "", "", " ", "  ", "\t", "\r", "\n", "'", "''", " \t"]
FORMULAS = [
    "1+1",
    "SUM(A1:A9)",
    'HYPERLINK("http://a.example","b")',
    "cmd|' /C calc'!A0",
    "2+5",
    "",
    "=",
    "A1",
    "é",
    '"',
]
NUMBERS = ["-2.5", "+3", "-0", "0", "007", "-12.25", "99999999", "-2.50"]


def payloads(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return [rng.choice(BEFORE) + rng.choice(SIGNS) + rng.choice(FORMULAS) + str(rng.randint(0, 9)) * (number % 2)
            for number in range(count)]  # fmt: skip


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_live(cell: str) -> bool:
    return cell.strip(" \t\r\n").startswith(tuple(SIGNS)) and not is_number(cell)


def cells_of(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]


def unguarded(texts: list[str]) -> list[str]:
    """The control: the same texts as a file that nobody guards."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([text] for text in texts)
    return cells_of(file.getvalue())


def csv_files(texts: list[str], seed: int) -> dict[str, list[str]]:
    """{file: its cells} of the files that people download as CSV."""
    site = build_site(f"sheets-{seed}")
    study, by = build_study(site=site), build_member(f"sheets-{seed}", site, "site_admin")
    procedure = build_procedure(patient=build_patient(study=study, site=site))
    about = {"procedure": procedure, "kind": "complication", "happened_on": None}
    made = events.record_event(Event(**about, description="x"), by=by)
    Event.objects.bulk_create(Event(procedure=procedure, site=site, kind="complication", description=text)
                              for text in texts)  # fmt: skip
    asked = {"site": site, "patient": procedure.patient, "form": "event", "row_id": made.pk, "field": "description"}
    Query.objects.bulk_create(Query(**asked, text=text, opened_by=by, opened_at=datetime.now(UTC)) for text in texts)
    client = Client()
    client.force_login(by)
    return {
        "queries.csv": cells_of(client.get(reverse("query-csv")).content.decode("utf-8-sig")),
        "record.csv": cells_of("".join(record_csv(study, site, by=by))),
        "release.csv": cells_of(to_csv(pa.table({"a": pa.array([*texts, *NUMBERS], pa.string())})).decode()),
    }


def workbook_cells(texts: list[str]) -> list:
    """The cells of a workbook with these texts in each kind of place, and numbers in a column of numbers."""
    numbered = zip(texts, NUMBERS * len(texts), strict=False)
    rows = tuple(Row(text, (Cell(text), Cell(number))) for text, number in numbered)
    columns = (Column("what"), Column("said"), Column("much", numeric=True))
    table = Table(title="Texts", columns=columns, groups=(Group("", rows),))
    document = Contents(
        title=texts[0], subtitle="", banner=texts[0], facts=Facts(tuple((text, text) for text in texts)), footer="",
        clock=datetime(2024, 1, 1, tzinfo=UTC), parts=(Points(tuple(texts)), *map(Words, texts), table),
        numbers=tuple((text, text, float(number)) for text, number in zip(texts, NUMBERS * len(texts), strict=False)),
    )  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(xlsx(document)))
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row]


def sheets_are_safe(count: int, seed: int, say) -> bool:
    """No live formula in any file, no number altered; inside a transaction, which the caller takes back."""
    texts = payloads(count, seed)
    control = sum(is_live(cell) for cell in unguarded(texts))
    files = csv_files(texts, seed)
    live = {name: sum(map(is_live, cells)) for name, cells in files.items()}
    kept = [number for number in NUMBERS if number in files["release.csv"] and inert(number) == number]
    cells = workbook_cells(texts)
    formulas = sum(cell.data_type == "f" for cell in cells)
    wanted = Counter(float(number) for number in (NUMBERS * count)[:count])
    altered = wanted - Counter(cell.value for cell in cells if cell.data_type == "n")
    say(f"{count} formulas in text columns: live in {live}, in XLSX {formulas} of {len(cells)} cells;"
        f" {control} in a file that nobody guards")  # fmt: skip
    say(f"numbers as they were: {len(kept)} of {len(NUMBERS)} in CSV, {count - altered.total()} of {count} in XLSX")
    there = all(sum(text in cell for cell in files["record.csv"]) for text in texts[:50])
    as_they_were = len(kept) == len(NUMBERS) and not altered
    return not any(live.values()) and not formulas and control > 0 and as_they_were and there

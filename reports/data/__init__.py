"""A freeze's rows as files: tidy tables and a wide one, a codebook, in the formats of the common programs."""

from collections.abc import Mapping
from datetime import datetime

from outcomes.freeze import Frozen
from reports.data import tables
from reports.data.archive import zipped
from reports.data.as_csv import to_csv


def package(frozen: Frozen, profile: str, clock: datetime, extra: Mapping[str, bytes] | None = None) -> bytes:
    """The zip of a freeze's data. The same freeze, profile and clock give the same bytes, whenever it is made."""
    made = tables.every_table(frozen)
    files = {f"csv/{table.name}.csv": to_csv(table.rows) for table in made}
    return zipped(files | dict(extra or {}), clock)

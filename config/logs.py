"""Log lines that carry ids and never a patient's row."""

import logging
import re

# PostgreSQL repeats the failing row in DETAIL and the statement's values in CONTEXT: both may hold patient data.
ROW = re.compile(r"^\s*(DETAIL|CONTEXT|QUERY|HINT):.*$", re.M)


class WithoutRows(logging.Formatter):
    """A formatter that drops what PostgreSQL says of the row, from messages and tracebacks alike."""

    def format(self, record: logging.LogRecord) -> str:
        return ROW.sub("", super().format(record))

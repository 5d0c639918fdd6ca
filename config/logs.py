"""Log lines that carry ids and never a patient's row."""

import logging
import re

# PostgreSQL repeats the failing row in DETAIL and the statement's values in CONTEXT: both may hold patient data, over
# several lines, and stand as \n in an exception's repr. In a traceback they end where the next exception begins.
ROW = re.compile(
    r"(?:^[ |]*|\\n)(?:DETAIL|CONTEXT|QUERY|HINT):  ?.*?(?=\n\n(?:The above exception was|During handling of)|\Z)",
    re.M | re.S,
)


class WithoutRows(logging.Formatter):
    """A formatter that drops what PostgreSQL says of the row, from messages and tracebacks alike."""

    def format(self, record: logging.LogRecord) -> str:
        return ROW.sub("", super().format(record)).rstrip("\n")

"""Where each chain stands, as a file that an operator keeps where who runs the database cannot reach it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID


class NotAHeadFile(ValueError):
    """Not a file of heads."""


@dataclass(frozen=True)
class Head:
    chain: str
    seq: int
    entries: int
    hash: str
    sealed_at: str

    @classmethod
    def of(cls, row) -> "Head":
        """From a row of registry_trailhead."""
        return cls(str(row.chain), row.seq, row.entries, bytes(row.hash).hex(), row.sealed_at.isoformat())

    def __str__(self):
        return json.dumps(asdict(self), sort_keys=True)


def written(heads: list[Head]) -> str:
    """One head a line, so that versions of the file can be compared and older ones found again."""
    return "".join(f"{head}\n" for head in heads)


def read(path: Path) -> list[Head]:
    """The heads of a file. NotAHeadFile says the line."""
    heads = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            head = Head(**json.loads(line))
            UUID(head.chain), int(head.seq), int(head.entries), bytes.fromhex(head.hash)
        except (TypeError, ValueError, AttributeError) as error:
            raise NotAHeadFile(f"line {number} is no head") from error
        heads.append(head)
    return heads

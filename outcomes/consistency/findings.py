"""What the checks say: findings, and what they could confirm."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from outcomes.consistency.reader import Figure

IMPOSSIBLE, DISAGREES, NOTE = "impossible", "disagrees", "note"
SEVERITIES = (IMPOSSIBLE, DISAGREES, NOTE)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong or worth knowing, in a sentence. `records` are the ids of the figures it is about.

    impossible: no data of the printed size print this. disagrees: two printed figures contradict each other. note:
    nothing is wrong yet, and a reader would want to know.
    """

    code: str
    severity: str
    paper: str
    records: tuple[str, ...]
    printed: str
    possible: str
    sentence: str

    def payload(self) -> dict:
        return asdict(self) | {"records": list(self.records)}

    @property
    def is_alarm(self) -> bool:
        return self.severity != NOTE


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """One thing that was checked and holds, and what it tells: which quantile types, which test."""

    code: str
    paper: str
    records: tuple[str, ...]
    sentence: str

    def payload(self) -> dict:
        return asdict(self) | {"records": list(self.records)}


Said = Finding | Confirmed


def about(code: str, severity: str, figures: Iterable[Figure], *, printed: str, possible: str, says: str) -> Finding:
    """A finding about some figures of one paper, their ids in the paper's order and each once."""
    figures = tuple(figures)
    return Finding(
        code=code,
        severity=severity,
        paper=figures[0].paper,
        records=ids_of(figures),
        printed=printed,
        possible=possible,
        sentence=says,
    )


def confirms(code: str, figures: Iterable[Figure], says: str) -> Confirmed:
    figures = tuple(figures)
    return Confirmed(code=code, paper=figures[0].paper, records=ids_of(figures), sentence=says)


def ids_of(figures: Iterable[Figure]) -> tuple[str, ...]:
    in_order = sorted(figures, key=lambda figure: figure.place)
    return tuple(dict.fromkeys(figure.id for figure in in_order))


def in_words(names: Iterable[object], last: str = "or") -> str:
    """'5', '5 or 10', '2, 5 or 6'."""
    *head, tail = [str(name) for name in names] or ["none"]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def where(figure: Figure) -> str:
    """'msts total, pathological, PSFS, preop'."""
    parts = [figure.variable.replace("_", " "), figure.subgroup]
    return ", ".join([*parts, *([figure.timepoint] if figure.timepoint not in ("", "n/a") else [])])


def counted(severities: Iterable[str]) -> Mapping[str, int]:
    given = list(severities)
    return {name: given.count(name) for name in SEVERITIES}

"""The parts of the flow of patients: who was there, who left on the way, and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FlowStep:
    """One condition to stay: how many left because they do not meet it (`why`, in words), and how many because nothing
    is recorded of it (`why_unknown`)."""

    criterion: str
    n: int
    unknown: int = 0
    why: str = ""
    why_unknown: str = ""

    @property
    def left(self) -> int:
        return self.n + self.unknown

    @property
    def lines(self) -> tuple[tuple[int, str], ...]:
        """(n, reason) as the flow prints them; a condition for which nobody left is told too."""
        told = ((self.n, self.why or self.criterion), (self.unknown, self.why_unknown))
        return tuple(line for line in told if line[0]) or ((0, f"{self.criterion}: nobody falls out"),)


@dataclass(frozen=True)
class FlowStage:
    """A box of the flow: how many, of what ("patients enrolled"), a quieter line, who left on the way to the next."""

    n: int
    words: str
    detail: str = ""
    left: tuple[FlowStep, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Enrolled, left out and why, analysed. `stages`: the same as the boxes of a STROBE flow, from the top."""

    enrolled: int
    left_out: tuple[tuple[str, int], ...]
    patients: int
    procedures: int
    unit: str
    fractures: int | None = None
    steps: tuple[FlowStep, ...] = ()
    stages: tuple[FlowStage, ...] = ()

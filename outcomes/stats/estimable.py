"""The two shapes that every statistic shares: an interval, and the refusal to give a number."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class NotEstimable:
    """A number that these data cannot give, and why. Returned, never raised; it stands where R says NaN."""

    reason: str

    def payload(self) -> dict:
        """The JSON form: the reason alone, so that nobody reads it as a number."""
        return {"not_estimable": self.reason}


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate with its confidence limits, and the method that made them.

    `low` and `high` are None where the sample is too small for any interval of that level.
    """

    estimate: float
    low: float | None
    high: float | None
    level: float = 0.95
    method: str

    def payload(self) -> dict:
        """The five fields as JSON values."""
        return asdict(self)

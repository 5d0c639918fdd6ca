"""What travels with a p-value: the name of its effect, the estimate and the interval."""

from outcomes.stats.estimable import Interval


def effect(name: str, interval: Interval) -> dict:
    """The effect that a test's p-value speaks of, with its interval, as JSON values."""
    return {"name": name, **interval.payload()}

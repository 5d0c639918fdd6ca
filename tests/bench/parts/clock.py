"""How long something takes."""

import gc
from collections.abc import Callable
from time import perf_counter
from typing import Any

TIMES = 3


def best(work: Callable[[], Any], times: int = TIMES) -> tuple[float, Any]:
    """The shortest of some runs, in seconds, and the last run's answer. Garbage is collected before, not within."""
    shortest = float("inf")
    for _ in range(times):
        gc.collect()
        gc.disable()
        began = perf_counter()
        answer = work()
        shortest = min(shortest, perf_counter() - began)
        gc.enable()
    return shortest, answer

"""A tally of comparisons with R, so that a comparison skipped by accident makes its test fail."""

import pytest

from outcomes.stats.estimable import NotEstimable

TALLIES = pytest.StashKey[dict]()


class Tally:
    """Compares results with R's words and counts what it compared."""

    def __init__(self):
        self.numbers = 0
        self.refusals = 0

    def number(self, where, ours, said):
        assert ours == pytest.approx(said, rel=1e-9, abs=1e-12), f"{where}: {ours!r}, R says {said!r}"
        self.numbers += 1

    def result(self, where, ours, said, **names):
        """names: R's key = our attribute. Where R gives an error, NaN or NA, ours must be NotEstimable."""
        if "error" in said or any(said[key] in ("NaN", "NA") for key in names):
            assert isinstance(ours, NotEstimable), f"{where}: {ours!r}, where R says {said!r}"
            self.refusals += 1
            return
        assert not isinstance(ours, NotEstimable), f"{where}: {ours!r}, where R says {said!r}"
        for key, attribute in names.items():
            self.number(f"{where} {attribute}", getattr(ours, attribute), said[key])


@pytest.fixture
def tally(request):
    """Counts this test's comparisons; the sum is shown at the end of the run."""
    counted = Tally()
    yield counted
    request.config.stash.setdefault(TALLIES, {})[request.node.name] = counted


def pytest_terminal_summary(terminalreporter, config):
    tallies = config.stash.get(TALLIES, {})
    if tallies:
        numbers = sum(tally.numbers for tally in tallies.values())
        refusals = sum(tally.refusals for tally in tallies.values())
        terminalreporter.write_line(f"oracle: {numbers} numbers and {refusals} refusals compared with R")
        for name, tally in tallies.items():
            terminalreporter.write_line(f"  {tally.numbers:5} + {tally.refusals:3}  {name}")

"""Two rows with the same dead: held against each other, and by a reader who knows the algorithm, they stay wide.

Measured over all 26,663 pairs of rows of 12 patients with three cells each and one that both share: with the audit of
both together no class of the 509 that are told has a hidden small cell narrower than 2; row by row alone some have.
"""

from collections import defaultdict

import pytest

from outcomes.disclosure import audit
from outcomes.disclosure.audit import Row, Told, released, unsafe
from outcomes.disclosure.rows import Known
from tests.outcomes.disclosure.every_table import POLICY, rows_of, spread_of

DEAD = "dead"


def row(cells, shared=DEAD):
    last = len(cells) - 1
    return Row(cells=cells, known=Known(spared=frozenset({last})), shared={last: shared})


def pairs_of(total, cells):
    """All pairs of rows of the same patients that share their last cell."""
    for dead in range(total + 1):
        own = list(rows_of(total - dead, cells))
        for one in own:
            for other in own:
                yield (*one, dead), (*other, dead)


def classes_of(total, cells, within=None):
    found = defaultdict(list)
    for one, other in pairs_of(total, cells):
        told, _ = released({"one": row(one), "other": row(other)}, POLICY, within)
        found[told["one"], told["other"]].append((one, other))
    return found


def narrow(classes):
    """The classes of pairs that are told alike in which a hidden small cell has values less than two apart."""
    found = []
    for told, members in classes.items():
        for which in (0, 1):
            rows = [pair[which] for pair in members]
            places = [at for at in range(len(rows[0])) if told[which] is None or told[which][at] is None]
            small = [at for at in places if any(0 < each[at] < POLICY.min_cell for each in rows)]
            found += [(told, which, at) for at in small if spread_of(rows, at) < POLICY.min_width]
    return found


@pytest.fixture
def once_each(monkeypatch):
    """The audit is asked once for each pair of forms, and for a pair and its mirror image together."""
    answers = {}

    def asked(rows, policy, zero=frozenset()):
        if set(rows) != {"one", "other"}:
            return unsafe(rows, policy, zero)
        names = sorted(rows, key=lambda name: repr(rows[name].published))
        key = tuple(rows[name].published for name in names)
        if key not in answers:
            answers[key] = [names.index(name) for name in unsafe(rows, policy, zero)]
        return {names[at] for at in answers[key]}

    monkeypatch.setattr(audit, "unsafe", asked)


def test_every_pair_of_rows_that_share_their_dead_stays_wide(once_each):
    classes = classes_of(12, 3)
    assert sum(map(len, classes.values())) == 26_663
    assert narrow(classes) == []


def test_row_by_row_alone_such_pairs_give_some_away(monkeypatch):
    monkeypatch.setattr(audit, "unsafe", lambda *_: set())
    assert narrow(classes_of(12, 3))


def told_of(*published, total, shared=DEAD):
    return {
        number: Told(
            published=cells, total=total, known=Known(spared=frozenset({len(cells) - 1})),
            shared={len(cells) - 1: shared},
        )
        for number, cells in enumerate(published)
    }  # fmt: skip


def test_a_cell_that_another_row_tells_is_taken_out_of_the_hidden_group():
    """The dead are told to be none, so the two other hidden cells are 4 and 4, and nothing else."""
    assert unsafe(told_of((5, None, None, None), (8, 5, 0), total=13), POLICY) == {0}


def test_a_group_of_zeros_at_a_later_visit_empties_the_earlier_one():
    rows = {"early": Row(cells=(5, 4, 4, 0), known=Known(spared=frozenset({3})), shared={3: "early"}),
            "late": Row(cells=(8, 5, 0), known=Known(spared=frozenset({2})), shared={2: "late"})}  # fmt: skip
    assert released(rows, POLICY)[1] == {}
    assert released(rows, POLICY, {"early": ["late"]})[1] == {"early": "linked"}


def test_rows_that_share_nothing_hidden_are_not_held_against_each_other():
    assert unsafe(told_of((None, None, 20, 9), (8, 20, 9), total=37), POLICY) == set()


def test_rows_that_cannot_be_of_the_same_patients_stay_both():
    assert unsafe(told_of((None, None, 20, 9), (8, 20, 8), total=36) | {}, POLICY) == set()
    assert unsafe(told_of((None, None, 20, None), (8, 20, 7), total=35), POLICY) == {0, 1}

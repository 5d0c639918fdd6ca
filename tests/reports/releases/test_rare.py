"""How many patients are alike: counted again by hand, and by brute force over made-up patients."""

from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.releases.rare import alike
from tests.reports.data.frozen import frozen

AGES = st.one_of(st.none(), st.integers(18, 99).map(str))
PATIENT = st.tuples(
    AGES, st.sampled_from(["F", "M", None]), st.sampled_from(["breast", "renal"]), st.integers(2019, 2020)
)


def freeze_of(people, who=None):
    ages, sexes, cancers, _ = zip(*people, strict=True)
    return frozen(
        who=who or [f"S-{place}" for place in range(len(people))],
        covariates={"age": list(ages), "sex": list(sexes), "cancer": list(cancers)}, text=("sex", "cancer"),
    )  # fmt: skip


@given(st.lists(PATIENT, min_size=1, max_size=25))
@settings(max_examples=60, deadline=None)
def test_the_smallest_group_is_that_of_a_count_by_brute_force(people):
    def class_of(person) -> str:
        age, *others = person
        return str(["?" if age is None else "90+" if int(age) >= 90 else age[:-1], *others])

    sizes = sorted(len(list(group)) for _, group in groupby(sorted(map(class_of, people))))
    found = alike(freeze_of(people), {f"S-{place}": person[3] for place, person in enumerate(people)})
    assert list(found.sizes) == sizes
    assert found.smallest == min(sizes)
    assert [found.rarer_than(k) for k in (2, 5)] == [sum(size for size in sizes if size < k) for k in (2, 5)]


def test_a_patient_with_two_procedures_is_one_of_a_group_with_who_had_the_same_ones():
    same, other = ("60", "F", "breast", 2020), ("60", "F", "renal", 2020)
    assert alike(freeze_of([same] * 3, who=["S-1", "S-1", "S-2"]), {}).sizes == (2,)
    assert alike(freeze_of([same, other, same], who=["S-1", "S-1", "S-2"]), {}).sizes == (1, 1)


def test_nobody_is_fewer_than_anybody():
    empty = frozen(who=[])
    assert alike(empty, {}).smallest == 0
    assert alike(empty, {}).told(5) == "Nobody is in this freeze, so there is nothing to release."


@pytest.mark.parametrize("year", [2020, None])
def test_the_words_say_in_what_they_are_alike_and_how_many_are_not(year):
    people = [("61", "F", "breast", 0)] * 5 + [("71", "F", "breast", 0)]
    found = alike(freeze_of(people), {f"S-{place}": year for place in range(6)})
    assert found.told(5).startswith(
        "Of 6 patients, 1 have fewer than 4 others who are alike in Age by decades, Sex, Cancer and Year of the "
        "procedure; the smallest group has 1."
    )

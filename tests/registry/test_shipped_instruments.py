"""The words of the shipped instruments: a rater reads what tells one level from the next, and an old database too."""

import pytest

from registry import instruments
from registry.models import Instrument

# What the source of each scale says of a level, in its own short words: the part on which the choice turns.
TURNS_ON = [
    ("as", "0", "no pain medication"), ("as", "1", "aspirin"), ("as", "1", "paracetamol"), ("as", "1", "NSAID"),
    ("as", "2", "prescription non-narcotic"), ("msts_pain", "5", "no medication"),
    ("msts_pain", "3", "non-narcotic drugs"), ("msts_pain", "1", "occasional narcotics"),
    ("msts_pain", "0", "continuous narcotics"), ("msts_function", "3", "minor disability"),
    ("msts_function", "1", "major disability"), ("msts_function", "0", "complete disability"),
    ("msts_emotional", "5", "recommend"), ("msts_emotional", "3", "would do it again"),
    ("msts_emotional", "1", "reluctantly"), ("msts_emotional", "0", "would not repeat"),
    ("msts_supports", "0", "wheelchair"), ("msts_walking", "0", "wheelchair"),
    ("msts_gait", "1", "minor functional loss"), ("msts_gait", "0", "major functional loss"),
    ("ecog", "1", "light work possible"), ("ecog", "2", "up over 50 % of waking hours"),
    ("ecog", "3", "bed or chair over 50 % of waking hours"), ("ecog", "4", "no self-care"),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("key", "level", "words"), TURNS_ON)
def test_a_label_says_what_tells_a_level_from_the_next(key, level, words):
    assert words in Instrument.objects.get(site=None, key=key).levels[level]


@pytest.mark.django_db
def test_no_source_claims_more_than_was_confirmed():
    sources = dict(Instrument.objects.filter(site=None).values_list("key", "source"))
    assert all("not confirmed" in source for key, source in sources.items() if key.startswith("cms_"))
    assert all("to be verified" in source for key, source in sources.items() if key.startswith("msts_"))


@pytest.mark.django_db
def test_a_database_with_earlier_words_gets_these_and_keeps_its_numbers_and_its_own_instruments(north):
    shipped = Instrument.objects.filter(site=None, key="as")
    shipped.update(levels={"1": "over-the-counter analgesic"}, mcid=1)
    own = Instrument(site=north, key="as", name="Ours", minimum=0, maximum=1, step=1, levels={"0": "ours"})
    own.save()
    instruments.describe(Instrument)
    own.refresh_from_db()
    assert "NSAID" in shipped.get().levels["1"]
    assert (shipped.get().mcid, own.levels) == (1, {"0": "ours"})

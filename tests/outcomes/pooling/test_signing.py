"""A signature is of what a document says, not of how it is written; one changed cell and it no longer holds."""

import base64
import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey, VerifyKey

from outcomes.freeze import columns_of
from outcomes.pooling.bundle import NotABundle, check_against, read_bundle
from outcomes.pooling.jcs import jcs
from outcomes.pooling.signing import (
    KeyUnreadable,
    SignatureInvalid,
    Signer,
    bundle_id,
    check_signature,
    hkdf,
    sealed,
    sign,
    unsealed,
)
from outcomes.stats.tables import Tables
from tests.outcomes.cohorts import columns
from tests.outcomes.pooling.specs import KEY, bundle_document, frozen_of, instrument, sent, spec_of

ENTRIES = [
    {"id": "pain", "type": "describe_by_timepoint", "instrument": "pain", "by": "arm"},
    {"id": "pain_ancova", "type": "ancova", "instrument": "pain", "pre": "pre", "post": "6w", "group": "arm",
     "group_level": "ä", "covariates": ["weight"]},
]  # fmt: skip


def cohort(scale=1):
    return frozen_of(
        columns(
            scores={("pain", "pre"): ["3", "4", None, "9"], ("pain", "6w"): ["1", None, "2", "5"]},
            covariates={"arm": ["ä", "b", "b", "ä"], "weight": [str(n * scale) for n in (61, 70, 83, 90)]},
        ),
        {"pain": instrument()},
        arm="arm",
    )


SPEC = spec_of(cohort(), ENTRIES)
DOCUMENT = bundle_document(SPEC, cohort())


def shuffled(value, order):
    """The same document with its keys in another order."""
    if isinstance(value, dict):
        keys = order.sample([*value], len(value))
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(each, order) for each in value] if isinstance(value, list) else value


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_order_of_keys_spaces_and_escapes_change_neither_the_name_nor_the_signature(order, indent, escaped):
    text = json.dumps(shuffled(DOCUMENT, order), indent=indent, ensure_ascii=escaped)
    bundle = read_bundle(text.encode())
    assert bundle.id == bundle_id(DOCUMENT)
    assert bundle.content == jcs(DOCUMENT)
    check_signature(bundle.document, KEY.public)


def places(value, path=()):
    """Where each number and text of a document stands."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from places(each, (*path, key))
    if isinstance(value, int | str) and not isinstance(value, bool):
        yield path


ALL = [path for path in places(DOCUMENT) if path[0] != "signature"]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ALL))
def test_one_changed_cell_breaks_the_signature(path):
    changed = copy.deepcopy(DOCUMENT)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    value = inside[path[-1]]
    inside[path[-1]] = value + 1 if isinstance(value, int) else f"{value}x"
    assert bundle_id(changed) != bundle_id(DOCUMENT)
    with pytest.raises(SignatureInvalid):
        check_signature(changed, KEY.public)


def test_the_signature_is_ed25519_over_the_canonical_json_without_it():
    """By the library alone, without our code."""
    unsigned = {key: value for key, value in DOCUMENT.items() if key != "signature"}
    value = base64.b64decode(DOCUMENT["signature"]["value"])
    assert VerifyKey(bytes(SigningKey(KEY.seed).verify_key)).verify(jcs(unsigned), value) == jcs(unsigned)


@pytest.mark.parametrize("change", [
    {"alg": "none"}, {"kid": "0" * 16}, {"value": ""}, {"value": "!"}, {"value": "AAAA"}, {"more": 1},
])  # fmt: skip
def test_a_signature_of_another_kind_key_or_form_is_refused(change):
    document = DOCUMENT | {"signature": DOCUMENT["signature"] | change}
    with pytest.raises(SignatureInvalid):
        check_signature(document, KEY.public)


def test_another_key_and_a_missing_signature_are_refused():
    with pytest.raises(SignatureInvalid, match="another key"):
        check_signature(DOCUMENT, Signer.new().public)
    with pytest.raises(SignatureInvalid, match="no signature"):
        check_signature({}, KEY.public)


def test_signing_twice_gives_the_same_bytes():
    assert sign(DOCUMENT, KEY) == DOCUMENT


def test_a_sealed_key_opens_under_its_own_secret_alone():
    box = sealed(KEY.seed, "a secret")
    assert KEY.seed not in box
    assert unsealed(box, "a secret") == KEY
    with pytest.raises(KeyUnreadable):
        unsealed(box, "another secret")
    assert KEY.seed.hex() not in repr(KEY)


def test_the_derivation_is_that_of_rfc_5869():
    """Test cases 1 and 3 of its appendix A."""
    okm = hkdf(bytes([0x0B] * 22), salt=bytes(range(13)), info=bytes(range(0xF0, 0xFA)), length=42)
    assert okm.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    okm = hkdf(bytes([0x0B] * 22), salt=b"", info=b"", length=42)
    assert okm.hex() == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"


def said(document) -> str:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(NotABundle) as refusal:
        read_bundle(content)
    return str(refusal.value)


def changed(path, value):
    document = copy.deepcopy(DOCUMENT)
    inside = document
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return document


CELLS = ("tables", 0, "parts", "margins", "rows")


@pytest.mark.parametrize(("document", "words"), [
    (b"{", "no JSON"),
    (b"\xff", "UTF-8"),
    (jcs(DOCUMENT)[:-1] + b',"site":"south"}', "a key more than once"),
    (jcs(DOCUMENT).replace(b'"n":', b'"n":1.5,"m":', 1), "not a whole number"),
    (jcs(DOCUMENT).replace(b'"left_out":{', b'"left_out":{"x":NaN,', 1), "NaN"),
    (jcs(DOCUMENT).replace(b'"left_out":{', b'"left_out":{"x":1e3,', 1), "not a whole number"),
    (changed(["spec_hash"], "0" * 64), "spec_hash"),
    (changed(["release", "digest"], "sha256:0"), "release.digest"),
    (changed(["level"], "masked"), "level"),
    (changed(["created"], "yesterday"), "created"),
    (changed(["more"], 1), "the document"),
    (changed(["tables", 1, "id"], "pain"), "same id"),
    (changed([*CELLS[:3]], {"margins": {"kind": "unheard of"}}), "kind of a table"),
    (changed([*CELLS[:2], "left_out"], {"x": -1}), "left_out"),
    (changed([*CELLS[:2], "left_out"], {"x": 2**53}), "no canonical form"),
], ids=range(15))  # fmt: skip
def test_what_is_no_bundle_is_refused_in_words(document, words):
    assert words in said(document)


def test_sums_of_products_above_what_json_readers_hold_survive_and_are_read_strictly():
    big = cohort(scale=10**9)
    spec = spec_of(big, ENTRIES)
    document = bundle_document(spec, big)
    moments = next(part for part in document["tables"][1]["parts"].values() if part["kind"] == "moments")
    products = moments["products"]
    assert max(int(cell) for row in products for cell in row) > 2**53
    found = read_bundle(jcs(document)).tables_of("pain_ancova")
    assert found == Tables.from_json(spec.analyses["pain_ancova"][1].tabulate(columns_of(big)).to_json())
    products[0][0] = int(products[0][0])
    with pytest.raises(NotABundle, match="written as text"):
        read_bundle(json.dumps(document).encode())
    products[0][0] = "007"
    with pytest.raises(NotABundle, match="written as text"):
        read_bundle(json.dumps(document).encode())


def test_a_bundle_that_is_not_as_its_spec_says_is_refused():
    check_against(read_bundle(jcs(DOCUMENT)), SPEC)
    other = spec_of(cohort(), ENTRIES[:1])
    with pytest.raises(NotABundle, match="spec_hash"):
        check_against(read_bundle(jcs(DOCUMENT)), other)
    fewer = changed(["tables"], DOCUMENT["tables"][:1])
    with pytest.raises(NotABundle, match="each once and in their order"):
        check_against(read_bundle(jcs(fewer)), SPEC)
    with pytest.raises(NotABundle, match="policy"):
        check_against(read_bundle(jcs(changed(["policy", "min_cell"], 1))), SPEC)


def test_an_instrument_that_a_site_does_not_ask_for_is_not_here_and_one_that_nobody_has_is_missing():
    whole = cohort()
    without = frozen_of(columns(scores={("other", "pre"): ["1"]}), {"other": instrument()})
    table = sent(SPEC, without).tables["pain"]
    assert (table["status"], table["reason"]) == ("not_here", "this site does not ask for pain")
    nobody = frozen_of(columns(scores={("pain", "pre"): [None], ("pain", "6w"): [None]}), {"pain": instrument()})
    both = sent(SPEC, whole).tables_of("pain") + sent(SPEC, nobody).tables_of("pain")
    assert both.left_out == {"no_arm": 1}

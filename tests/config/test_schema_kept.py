"""The schema in the repository is the schema of the API."""

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from config import quality
from config.places import ROOT


@pytest.fixture(scope="module")
def made() -> str:
    """The schema of the API as it is."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return OpenApiYamlRenderer().render(schema, renderer_context={}).decode()


def test_the_schema_in_the_repository_is_the_one_of_the_api(made):
    assert quality.drift(made) == ""


def test_a_schema_that_was_not_written_again_is_found_and_the_words_say_how_to_write_it(made, tmp_path, monkeypatch):
    kept = tmp_path / quality.SCHEMA
    kept.parent.mkdir()
    kept.write_text(
        (ROOT / quality.SCHEMA).read_text("utf-8").replace("/api/v1/cohorts/:", "/api/v1/groups/:"), "utf-8"
    )
    monkeypatch.setattr(quality, "ROOT", tmp_path)
    said = quality.drift(made)
    assert "-  /api/v1/groups/:" in said
    assert "+  /api/v1/cohorts/:" in said
    assert "./dev manage spectacular --file docs/openapi.yaml" in said
    kept.unlink()
    assert "more." in quality.drift(made)

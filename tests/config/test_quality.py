"""The pins: pyproject.toml says, the compiled files obey."""

import shutil

import pytest

from config import quality
from config.places import ROOT

FILES = ("pyproject.toml", "requirements.txt", "requirements-dev.txt")


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the pins, to spoil."""
    for file in FILES:
        shutil.copy(ROOT / file, tmp_path)
    monkeypatch.setattr(quality, "ROOT", tmp_path)

    def spoil(file: str, old: str, new: str) -> None:
        text = (tmp_path / file).read_text("utf-8")
        assert old in text
        (tmp_path / file).write_text(text.replace(old, new), "utf-8")

    return spoil


def test_what_pyproject_pins_is_what_is_compiled(copy):
    assert quality.pins_are_compiled() == ""


def test_a_pin_that_was_moved_without_compiling_is_named(copy):
    copy("pyproject.toml", '"whitenoise==', '"whitenoise==99.')
    assert "requirements.txt lacks whitenoise==99." in quality.pins_are_compiled()


def test_a_pin_of_the_tests_that_was_moved_without_compiling_is_named(copy):
    copy("pyproject.toml", '"pytest==', '"pytest==99.')
    assert "requirements-dev.txt lacks pytest==99." in quality.pins_are_compiled()


def test_two_compiled_files_that_disagree_are_named(copy):
    copy("requirements.txt", "\npackaging==", "\npackaging==99.")
    copy("requirements-dev.txt", "\npackaging==", "\npackaging==98.")
    assert "packaging is 99." in quality.pins_are_compiled()


def test_every_compiled_line_carries_hashes():
    for file in ("bootstrap.txt", "requirements.txt", "requirements-dev.txt"):
        for requirement in (ROOT / file).read_text("utf-8").replace("\\\n", " ").splitlines():
            assert "--hash=sha256:" in requirement, f"{file}: {requirement[:60]}"


def test_the_pins_name_no_host():
    for file in ("bootstrap.txt", "requirements.txt", "requirements-dev.txt"):
        assert "://" not in (ROOT / file).read_text("utf-8")

"""The three papers, reproduced by the command through a real worker."""

import json

import pytest
from django.core.management import call_command

from outcomes.models import Result
from outcomes.reproduction.mapping import PAPERS
from outcomes.reproduction.printed import printed_numbers
from outcomes.reproduction.verdicts import SAME
from registry.actions import studies
from registry.models import Job, Study


@pytest.mark.worker
def test_the_three_papers_are_reproduced_through_a_worker(dispatcher, system, capsys, tmp_path):
    studies.install_definitions(by=system)  # a test that commits empties all tables after it
    file = tmp_path / "reproduced.json"
    call_command("reproduce", "--all", "--json", str(file))

    said, found = capsys.readouterr().out, json.loads(file.read_text("utf-8"))
    assert sorted(Study.objects.filter(synthetic=True).values_list("slug", flat=True)) == [
        "clunk-demo", "cox-demo", "gupta-demo",
    ]  # fmt: skip
    assert Job.objects.filter(state=Job.State.DONE).count() == 3
    for paper in PAPERS:
        assert [row for row in found[paper]["rows"] if row["must_be_same"] and row["verdict"] != SAME] == []
        assert found[paper]["left_out_of_plan"] == []
        assert len(found[paper]["rows"]) == len(printed_numbers(paper))
        assert all(row["reason"] for row in found[paper]["rows"] if row["verdict"] != SAME)
        assert f"{paper}: {len(found[paper]['rows'])} printed numbers" in said
    assert not Result.objects.filter(envelope__left_out_of_plan__isnull=True).exists()

"""The three papers, reproduced by the command through a real worker."""

import json

import pytest
from django.core.management import call_command

from outcomes import presets
from outcomes.asking import ANALYSE
from outcomes.models import Result
from outcomes.reproduction.mapping import PAPERS, at, mapping, number
from outcomes.reproduction.printed import printed_numbers
from outcomes.reproduction.verdicts import SAME
from registry.actions import studies
from registry.models import Job, Study

QUOTED = {
    "mannwhitney": presets.mann_whitney,
    "mannwhitney_change": presets.mann_whitney,
    "mannwhitney_patient_var": presets.mann_whitney,
    "wilcoxon_paired": presets.signed_rank,
    "crosstab_patient": presets.crosstab,
}


def p_values_beside_the_presets(paper: str) -> list[tuple[float, float]]:
    """Each p-value that the mapping takes from a test, with the one that the plan's preset quotes."""
    kept = {result.analysis_id: result for result in Result.objects.filter(plan=paper)}
    sources = [line["fields"]["p"] for line in mapping(paper)["lines"] if "p" in line["fields"]]
    pairs = []
    for source in sources:
        result = kept[source["analysis"]]
        if result.type in QUOTED:
            quoted = QUOTED[result.type](result.payload, result.envelope["preset"])
            pairs.append((float(number(source, result.payload)), quoted.p))
        if result.type == "kruskal_dunn":
            pair = at(result.payload, source["path"].rpartition(".")[0])
            pairs.append((float(number(source, result.payload)), presets.dunn(pair, result.envelope["preset"]).p))
    return pairs


@pytest.mark.worker
def test_the_three_papers_are_reproduced_through_a_worker(dispatcher, system, capsys, tmp_path):
    studies.install_definitions(by=system)  # a test that commits empties all tables after it
    file = tmp_path / "reproduced.json"
    call_command("reproduce", "--all", "--json", str(file))

    said, found = capsys.readouterr().out, json.loads(file.read_text("utf-8"))
    assert sorted(Study.objects.filter(synthetic=True).values_list("slug", flat=True)) == [
        "clunk-demo", "cox-demo", "gupta-demo",
    ]  # fmt: skip
    assert Job.objects.filter(kind=ANALYSE, state=Job.State.DONE).count() == 3
    for paper in PAPERS:
        assert [row for row in found[paper]["rows"] if row["must_be_same"] and row["verdict"] != SAME] == []
        assert found[paper]["left_out_of_plan"] == []
        assert len(found[paper]["rows"]) == len(printed_numbers(paper))
        assert all(row["reason"] for row in found[paper]["rows"] if row["verdict"] != SAME)
        assert f"{paper}: {len(found[paper]['rows'])} printed numbers" in said
    beside = {paper: p_values_beside_the_presets(paper) for paper in PAPERS}
    assert [len(beside[paper]) for paper in PAPERS] == [17, 0, 15]
    assert all(taken == quoted for pairs in beside.values() for taken, quoted in pairs)
    assert not Result.objects.filter(envelope__left_out_of_plan__isnull=True).exists()

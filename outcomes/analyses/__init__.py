"""The analysis types that a plan may ask for, by the name they have in it."""

from outcomes.analyses.ancova import AncovaByGroup
from outcomes.analyses.crosstab import CrosstabCondition, CrosstabPatient
from outcomes.analyses.describe import DescribeByTimepoint
from outcomes.analyses.kruskal import KruskalDunn
from outcomes.analyses.mannwhitney import MannWhitneyPatientVar, MannWhitneyScore
from outcomes.analyses.wilcoxon import WilcoxonPaired

TYPES: dict[str, type] = {
    "describe_by_timepoint": DescribeByTimepoint,
    "kruskal_dunn": KruskalDunn,
    "wilcoxon_paired": WilcoxonPaired,
    "mannwhitney": MannWhitneyScore,
    "mannwhitney_patient_var": MannWhitneyPatientVar,
    "ancova": AncovaByGroup,
    "crosstab": CrosstabCondition,
    "crosstab_patient": CrosstabPatient,
}

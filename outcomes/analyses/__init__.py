"""The analysis types that a plan may ask for, by the name they have in it."""

from outcomes.analyses.ancova import AncovaByGroup
from outcomes.analyses.change_direction import ChangeDirection
from outcomes.analyses.cmh import ConditionBySite
from outcomes.analyses.contrasts import ContrastsFromBaseline
from outcomes.analyses.crosstab import CrosstabCondition, CrosstabPatient
from outcomes.analyses.cumulative_incidence import CumulativeIncidenceCurves
from outcomes.analyses.deaths_apart import DeathsApart
from outcomes.analyses.describe import DescribeByTimepoint
from outcomes.analyses.describe_patient import DescribePatientVar
from outcomes.analyses.gee import EstimatingEquations
from outcomes.analyses.km import KaplanMeierCurves
from outcomes.analyses.kruskal import KruskalDunn
from outcomes.analyses.kruskal_groups import KruskalGroups
from outcomes.analyses.logrank_by_site import LogRankBySite
from outcomes.analyses.mannwhitney import MannWhitneyChange, MannWhitneyPatientVar, MannWhitneyScore
from outcomes.analyses.mcnemar import McNemarPaired
from outcomes.analyses.mixed_model import MixedModel
from outcomes.analyses.normality import Normality
from outcomes.analyses.responders import Responders
from outcomes.analyses.shares import Proportion, SharePatientVar
from outcomes.analyses.trend import TrendOverLevels
from outcomes.analyses.van_elteren import VanElterenBySite
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
    "kruskal_groups": KruskalGroups,
    "mannwhitney_change": MannWhitneyChange,
    "describe_patient_var": DescribePatientVar,
    "share_patient_var": SharePatientVar,
    "proportion": Proportion,
    "contrasts_from_baseline": ContrastsFromBaseline,
    "deaths_apart": DeathsApart,
    "responders": Responders,
    "normality": Normality,
    "km": KaplanMeierCurves,
    "cumulative_incidence": CumulativeIncidenceCurves,
    "logrank_by_site": LogRankBySite,
    "change_direction": ChangeDirection,
    "mcnemar": McNemarPaired,
    "trend": TrendOverLevels,
    "cmh": ConditionBySite,
    "van_elteren": VanElterenBySite,
    "mixed_model": MixedModel,
    "gee": EstimatingEquations,
}

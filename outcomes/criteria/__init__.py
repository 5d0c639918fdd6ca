"""A cohort's rule: what it says (parse), who it keeps (apply), and the same in words (in_words). Pure."""

from outcomes.criteria.applying import Facts, Kept, Step, apply, left_out_of
from outcomes.criteria.parsing import parse
from outcomes.criteria.rule import Criterion, Period, Rule, RuleError
from outcomes.criteria.words import in_words, label_of, opposite, to_stay

__all__ = [
    "Criterion",
    "Facts",
    "Kept",
    "Period",
    "Rule",
    "RuleError",
    "Step",
    "apply",
    "in_words",
    "label_of",
    "left_out_of",
    "opposite",
    "parse",
    "to_stay",
]

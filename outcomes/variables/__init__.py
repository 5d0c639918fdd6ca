"""Variables of the record: what a freeze can hold of the chart beside the scores, and how each follows from it.

catalogue() is the dictionary: the answers of registry.chart.FORMS under their own labels, what several rows of a form
say together, and what registry.derived makes of them, by the names that the published plans use. Unknown is never no:
a list without a row is "no" only where somebody said that there is nothing to fill in, and an event that is not
recorded did not happen only where the whole follow-up was reviewed.
"""

from outcomes.variables.catalogue import catalogue, labelled
from outcomes.variables.variable import Variable

__all__ = ["Variable", "catalogue", "labelled"]

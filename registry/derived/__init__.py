"""Values that follow from what was recorded, computed here and nowhere else: one file a subject.

The functions take plain values and ask the database nothing; each says its units, when it refuses, and where its rule
comes from: [S] stated in one of the four papers, [V] confirmed in another source, [K] professional knowledge, [P] a
proposal of this project, [U] unknown. Missing is None, never 0. What the record stores of them is in of_rows.
"""

from registry.derived.age import age_at

__all__ = ["age_at"]

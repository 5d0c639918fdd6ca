"""An R script that computes a report's numbers again, from its wide file and by base R alone."""

from reports.r.script import script

__all__ = ["script"]

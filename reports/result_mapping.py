"""A result as the pure side of reports reads it."""

from outcomes.models import PooledResult, Result


def mapping_of(result: Result | PooledResult) -> dict:
    """What was computed, and under what; who shows it adds an id and addresses."""
    return {
        "analysis_id": result.analysis_id,
        "type": result.type,
        "entry": result.entry,
        "payload": result.payload,
        "envelope": result.envelope,
    }

"""Reading a demonstration study: who, which covariate, which scores."""

from collections import Counter

import numpy


def where(study, **wanted):
    """The patients with these covariates."""
    return [one for one in study.patients if all(one.covariates[name] == value for name, value in wanted.items())]


def covariate(patients, name):
    """The recorded values of a covariate."""
    return [one.covariates[name] for one in patients if one.covariates[name] is not None]


def counts(study, name, **wanted):
    return Counter(covariate(where(study, **wanted), name))


def scores(patients, instrument, timepoint):
    """The scores at a timepoint, without the missing ones."""
    found = [
        visit.scores.get(instrument)
        for one in patients
        for visit in one.procedure.visits
        if visit.timepoint == timepoint
    ]
    return [value for value in found if value is not None and not isinstance(value, str)]


def pairs(patients, instrument, before, after):
    """The scores before and after, of the patients who have both."""
    both = [(scores([one], instrument, before), scores([one], instrument, after)) for one in patients]
    return [(first[0], second[0]) for first, second in both if first and second]


def quartiles(values, method):
    return tuple(numpy.quantile(numpy.array(values, dtype=float), [0.25, 0.5, 0.75], method=method))

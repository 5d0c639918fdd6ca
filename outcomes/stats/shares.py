"""x of n, as every payload shows it: with Wilson's interval and the exact one."""

from .proportions import clopper_pearson, wilson


def share(x: int, n: int) -> dict:
    """{x, n, wilson, clopper_pearson}, the intervals as JSON objects; of nobody {x, n, not_estimable}."""
    score = wilson(x, n)
    if n == 0:
        return {"x": x, "n": n, **score.payload()}
    return {"x": x, "n": n, "wilson": score.payload(), "clopper_pearson": clopper_pearson(x, n).payload()}

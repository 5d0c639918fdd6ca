"""What is wrong with a plan, in words."""


class PlanError(Exception):
    """A plan that cannot be followed: which analysis, which field, what it says, and the rule it breaks."""

    def __init__(self, *, analysis: str, field: str, value: object, rule: str):
        super().__init__(f"{analysis}: {field} = {value!r} {rule}" if field else f"{analysis}: {value!r} {rule}")
        self.analysis, self.field, self.value, self.rule = analysis, field, value, rule

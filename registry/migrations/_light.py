"""Operations that leave Django's picture of the models as it is drawn: to draw it anew for each trigger and constraint,
which are no part of it, costs minutes where there are many."""

import pgtrigger.migrations
from django.db import migrations
from django.db.migrations.operations.base import Operation


class AddTrigger(pgtrigger.migrations.AddTrigger):
    """A trigger is made; no model looks different for it."""

    def state_forwards(self, app_label, state):
        options = state.models[app_label, self.model_name.lower()].options
        options["triggers"] = [*options.get("triggers", []), self.trigger]


class RemoveTrigger(pgtrigger.migrations.RemoveTrigger):
    """A trigger is taken away; no model looks different for it."""

    def state_forwards(self, app_label, state):
        options = state.models[app_label, self.model_name.lower()].options
        options["triggers"] = [each for each in options.get("triggers", []) if each.name != self.name]


class AddConstraint(migrations.AddConstraint):
    """A constraint is made; PostgreSQL keeps it, no model looks different for it."""

    def state_forwards(self, app_label, state):
        options = state.models[app_label, self.model_name_lower].options
        options["constraints"] = [*options.get("constraints", []), self.constraint]


class AddFields(Operation):
    """Many fields, after which the models are drawn once."""

    def __init__(self, fields: list[migrations.AddField]):
        self.fields = fields

    def deconstruct(self):
        return type(self).__name__, [self.fields], {}

    def state_forwards(self, app_label, state):
        for each in self.fields:
            state.models[app_label, each.model_name_lower].fields[each.name] = each.field
        state._relations = None
        state.reload_models({(app_label, each.model_name_lower) for each in self.fields}, delay=False)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for each in self.fields:
            each.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for each in reversed(self.fields):
            each.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Add {len(self.fields)} fields"

"""Pages of the record: a gate, a form, an action, an answer."""

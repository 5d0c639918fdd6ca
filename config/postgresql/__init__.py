"""Django's backend for PostgreSQL, with walls between sites."""

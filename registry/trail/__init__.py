"""The trail: every history row is counted, hashed and chained by the database itself, and can be held against it."""

"""The change feed: what changed in the record, in an order that nothing can get into afterwards."""

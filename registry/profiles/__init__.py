"""In which form rows leave by the API: what of each resource may, under each profile, and how it is written."""

"""Three invented cohorts in the shape of the published ones: rows only, nothing is stored here."""

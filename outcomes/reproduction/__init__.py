"""Is what the papers print what is computed here? Facts and mappings as data; a verdict for each printed number."""

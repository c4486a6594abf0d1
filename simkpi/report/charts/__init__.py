"""One file a chart; each answers one question."""

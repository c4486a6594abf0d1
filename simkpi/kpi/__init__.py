"""How it is scored: KPI definitions and the engine that evaluates them over any interactions log."""

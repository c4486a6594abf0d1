"""The KPI definitions, one file a family."""

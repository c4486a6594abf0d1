"""How sure we are: replications, confidence intervals, provenance, results."""

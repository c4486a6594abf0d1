"""What the day brings: every random number of a run, drawn by name before the run."""

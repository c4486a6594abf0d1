"""What to do: calibration, staffing, cross-checks."""

"""Back-tests: a scenario fitted to one part of a log, judged on the days that it has not seen."""

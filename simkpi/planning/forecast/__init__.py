"""Volume forecasts: days and intervals of the coming weeks, with errors measured on the history itself."""

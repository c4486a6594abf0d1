"""From a recorded log to a scenario: volumes, times, patience, agents on duty, and the proof against the log itself."""

"""Models whose answers are known, and how far the simulator is from them (``simkpi verify``)."""

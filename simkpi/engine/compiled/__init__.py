"""The compiled engine: the model of the reference engine as a Numba event loop, file by file; see docs/engines.md."""

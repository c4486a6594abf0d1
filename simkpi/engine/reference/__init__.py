"""The SimPy reference engine: the readable definition of the model, and the place to try new behaviour."""

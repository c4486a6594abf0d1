"""Formulas only: stationary queueing models and their inverses."""

"""What is asked: scenario files, their checked models, and the resolved form that the rest of simkpi works on."""

"""The what-if page: a local server that shows what the planning and experiment layers answer, and computes nothing itself."""

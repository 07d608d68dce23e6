"""Measuring the understanding: on held-out folds, and on a city's own labelled messages."""

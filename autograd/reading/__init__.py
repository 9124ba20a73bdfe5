"""Helpers of stepping, drawing and checks: formatting, numbered graphs, sources, anomalies."""

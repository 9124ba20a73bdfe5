"""What stepping, drawing and checks share: formatting, numbered graphs, sources, anomalies."""

"""Training: the loop, checkpoints, histories, metrics, and replayed runs."""

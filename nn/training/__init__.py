"""Training: the loop, schedules, checkpoints, histories, metrics, and replayed runs."""

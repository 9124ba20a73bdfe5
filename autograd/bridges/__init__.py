"""Programs of other engines, opened as graphs of ours: their numbers, their own pullbacks.

A bridge imports its engine only when it is used.
"""

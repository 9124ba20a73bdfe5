"""Losses: functions that measure how far predictions are from targets, as one number.

Each takes Tensors, object arrays of Values or plain arrays. Shapes must be equal where they ought
to be: broadcasting (n, 1) against (n,) gives n² differences, and a model that learns nothing.

Those of numbers are in ``regression.py``, those of classes in ``classification.py`` and
``margin_losses.py``, what all share in ``shared.py``. ``nn`` exports them.
"""

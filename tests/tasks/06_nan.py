"""Where did the nan come from?"""

from autograd import AnomalyError, Tensor, detect_anomaly

x, said = Tensor([4.0, -1.0], label="x"), ""
try:
    with detect_anomaly():
        (x.sqrt() * 2).sum().backward()
except AnomalyError as error:
    said = str(error)
assert "sqrt([4.0, −1.0]) is nan at [1]" in said
assert "06_nan.py:8" in said

"""The mark of a test that asks for more digits than a float64 has."""

import numpy as np
import pytest

# On Windows and on Apple's processors a long double is a float64.
EXTENDED = pytest.mark.skipif(
    np.finfo(np.longdouble).eps == np.finfo(float).eps, reason="here a long double is a float64"
)

"""Is the gradient that I wrote by hand right?"""

import math

from autograd import gradcheck

said = ""
gradcheck(math.sin, 2.0, gradient=math.cos)
try:
    gradcheck(math.sin, 2.0, gradient=lambda x: -math.cos(x))  # a wrong sign
except AssertionError as error:
    said = str(error)
assert "the claimed gradient says 0.41614" in said

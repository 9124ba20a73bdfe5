"""Write an operation, and have it checked."""

from autograd import elementwise, grad
from autograd.check import check_op

cube = elementwise("cube", "x * x * x", "3 * x * x")
assert check_op(cube)
assert grad(grad(cube))(2.0) == 12.0  # 6x
wrong = elementwise("wrong_cube", "x * x * x", "2 * x * x")
assert not check_op(wrong)

"""What is the gradient of an expression?"""

from autograd import Value

x, y = Value(2.0), Value(3.0)
z = x * y + y**2
z.backward()
assert (x.grad, y.grad) == (3.0, 8.0)  # y, and x + 2y

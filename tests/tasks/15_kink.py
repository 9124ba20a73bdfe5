"""What happens at a kink?"""

from autograd import grad, maximum, relu, sqrt, where

assert grad(relu)(0.0) == 0.0
assert grad(maximum, argnums=(0, 1))(1.0, 1.0) == (0.5, 0.5)
assert grad(lambda x: where(x > 0, sqrt(x), 0))(-1.0) == 0.0
assert grad(abs)(0.0) == 0.0

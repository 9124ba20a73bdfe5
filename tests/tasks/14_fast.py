"""Make a loop over single numbers fast."""

from timeit import timeit

from autograd import jit, tanh, value_and_grad


def f(x, y):
    return sum(tanh(k * x) * y for k in range(500))


fast = jit(f)
assert fast.value_and_grad(0.1, 2.0) == value_and_grad(f)(0.1, 2.0)  # to the bit
slow = timeit(lambda: value_and_grad(f)(0.1, 2.0), number=3)
assert timeit(lambda: fast.value_and_grad(0.1, 2.0), number=3) < slow

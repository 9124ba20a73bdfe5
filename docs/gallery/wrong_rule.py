from autograd import Value, elementwise, label, step, temporary_registry
from autograd.check import examine

with temporary_registry():
    cube = elementwise("cube", "x * x * x", "2 * x * x")  # should be 3 * x * x
    x, y = Value(2.0), Value(-1.5)
    loss = y * cube(x)
    label(locals())
    step(loss).run_until("cube").save("wrong_rule.html")
    print(examine(lambda x, y: y * cube(x), 2.0, -1.5))

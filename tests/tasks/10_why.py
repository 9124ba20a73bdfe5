"""Why is this gradient large?"""

from autograd import Value, exp, label, why

x = Value(5.0)
h = exp(x)
y = h + x
label(locals())
answer = why(x, y)
assert answer.count == 2
assert "x → h (eˣ) → y (+)" in str(answer).splitlines()[1]  # the largest path comes first

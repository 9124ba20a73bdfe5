"""Draw a neuron."""

import nn
from autograd import draw

neuron = nn.MLP([2, 1], output="tanh", seed=0).scalars()
(y,) = neuron([0.5, -1.0])
y.backward()
picture = draw(y).save("neuron.svg").read_text(encoding="utf-8")
assert "tanh" in picture

import nn
from autograd import step

small = {"name": "normal", "std": 0.1}
model = nn.MLP([2, 3, 3, 3, 3, 1], "tanh", init=small, seed=0)
(y,) = model.scalars()([1.0, -0.5])
loss = (y - 1) ** 2
loss.label = "loss"
step(loss).goto(-1).save("bad_initialisation.html")

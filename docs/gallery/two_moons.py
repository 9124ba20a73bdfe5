from sklearn.datasets import make_moons

import nn

X, y = make_moons(120, noise=0.15, random_state=0)

model = nn.MLP([2, 8, 4, 1], "tanh", seed=0)
nn.playground(model, X, y).save("two_moons.html")

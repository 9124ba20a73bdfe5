import numpy as np

import nn

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([0, 1, 1, 0])

model = nn.MLP([2, 3, 1], "tanh", seed=1)
nn.playground(model, X, y, lr=0.5).save("xor.html")

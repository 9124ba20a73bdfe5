from sklearn.datasets import load_digits

import nn
from autograd import scalars, step

X, y = load_digits(return_X_y=True)
X = X / 16
model = nn.MLP([64, 12, 10], "relu", seed=0)
sgd = nn.SGD(model.parameters(), lr=0.05, momentum=0.9)
nn.fit(model, X, y, epochs=20, loss=nn.cross_entropy, optimizer=sgd, rng=0, progress=False)
k = nn.cross_entropy(model(X), y, reduction="none").data.argmax()  # the hardest image
loss = nn.cross_entropy(model(X[[k]]), y[[k]])
loss.label = "loss"
step(scalars(loss).root).goto(-1).save("digit.html")

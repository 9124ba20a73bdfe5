"""Train on digits, and look inside one image."""

from sklearn.datasets import load_digits

import nn
from autograd import draw

x, y = load_digits(return_X_y=True)
model = nn.MLPClassifier(16, learning_rate_init=0.01, tol=1e-2, random_state=0).fit(x / 16, y)
assert model.score(x / 16, y) > 0.95
loss = nn.cross_entropy(model.model_.scalars()(x[0] / 16), int(y[0]))
assert "<image" in draw(loss, fold="network").save("digit.svg").read_text(encoding="utf-8")

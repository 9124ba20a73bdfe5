"""My run doesn't learn."""

import numpy as np

import nn

x = np.random.default_rng(0).standard_normal((200, 20))
stuck = nn.MLP([20, 30, 30, 1], "tanh", init="zeros")
assert "symmetric" in {finding.kind for finding in nn.diagnose(stuck, x)}
assert not nn.diagnose(nn.MLP([20, 30, 30, 1], "tanh", seed=0), x)

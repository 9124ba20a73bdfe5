"""Networks written for PyTorch, as their authors would."""

import io
import warnings
from functools import cache

import numpy as np
import torch
from torch import nn


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.pool = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(4, 6, 3, stride=2, groups=2, bias=False)
        self.average = nn.AvgPool2d(2, padding=1)
        self.fc = nn.Linear(24, 5)

    def forward(self, x):
        x = self.pool(torch.relu(self.bn(self.conv1(x))))
        x = self.average(nn.functional.gelu(self.conv2(x)))
        return self.fc(x.flatten(1))


class Recurrent(nn.Module):
    def __init__(self, kind, **settings):
        super().__init__()
        self.rnn = kind(3, 5, batch_first=True, **settings)
        self.fc = nn.Linear(10 if settings.get("bidirectional") else 5, 2)

    def forward(self, x):
        found, _ = self.rnn(x)
        return self.fc(found[:, -1])


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(11, 8)
        self.places = nn.Parameter(torch.randn(6, 8))
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 11)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.places
        mask = nn.Transformer.generate_square_subsequent_mask(6, dtype=x.dtype)
        return self.head(self.layers(x, mask=mask, is_causal=True))


class Activations(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("centre", torch.linspace(-1, 1, 4))
        self.scale = nn.Parameter(torch.ones(()))
        self.prelu = nn.PReLU()
        self.group = nn.GroupNorm(2, 4)

    def forward(self, x):
        x = self.group(self.prelu((x - self.centre) * self.scale))
        parts = [nn.functional.elu(x), nn.functional.selu(x), nn.functional.mish(x)]
        parts += [nn.functional.hardswish(x), torch.softmax(x, 1)]
        parts += [nn.functional.softplus(x), nn.functional.silu(x), torch.tanh(x)]
        parts += [torch.where(x > 0, x * x, x.exp()), x.clamp(-0.5, 0.5), torch.sin(x)]
        return torch.stack(parts, 1).logsumexp(1)


def multilayer():
    return nn.Sequential(
        nn.Linear(4, 8),
        nn.Tanh(),
        nn.Dropout(0.5),
        nn.Linear(8, 8),
        nn.LeakyReLU(0.02),
        nn.LayerNorm(8),
        nn.Linear(8, 3),
    )


def upsampling():
    return nn.Sequential(
        nn.ConvTranspose2d(2, 3, 3, stride=2, output_padding=1),
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.InstanceNorm2d(3, affine=True),
        nn.AdaptiveAvgPool2d(1),
    )


NETWORKS = {
    "upsampling": (upsampling, (2, 2, 3, 3)),
    "multilayer": (multilayer, (2, 4)),
    "convolutions": (Convolutions, (2, 1, 14, 14)),
    "lstm": (lambda: Recurrent(nn.LSTM, num_layers=2), (2, 6, 3)),
    "bidirectional": (lambda: Recurrent(nn.LSTM, bidirectional=True), (2, 6, 3)),
    "gru": (lambda: Recurrent(nn.GRU), (2, 6, 3)),
    "rnn": (lambda: Recurrent(nn.RNN, nonlinearity="relu"), (2, 6, 3)),
    "encoder": (Encoder, (2, 6)),
    "activations": (Activations, (3, 4)),
}


def network(name, dtype=torch.float64):
    """Return a network in evaluation mode, and examples; no two weights are alike."""
    make, shape = NETWORKS[name]
    torch.manual_seed(0)
    made = make().to(dtype).eval()
    with torch.no_grad():
        for each in made.parameters():
            each.add_(0.1 * torch.randn_like(each))
        for part in made.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.uniform_(-0.5, 0.5)
                part.running_var.uniform_(0.5, 2)
    x = torch.randint(0, 11, shape) if name == "encoder" else torch.randn(shape, dtype=dtype)
    return made, x


@cache
def exported(name, dtype=torch.float64, *, dynamo):
    """Return what is in the file that torch's exporter writes: its later one if ``dynamo``."""
    model, x = network(name, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch itself, about torch
        return _with_dynamo(model, x) if dynamo else _with_torchscript(model, x)


def _with_dynamo(model, x):
    batch = torch.export.Dim("batch", min=1, max=999)
    options = {"dynamo": True, "dynamic_shapes": ({0: batch},), "verbose": False}
    return torch.onnx.export(model, (x,), **options).model_proto.SerializeToString()


def _with_torchscript(model, x):
    file = io.BytesIO()
    options = {"dynamo": False, "input_names": ["x"], "dynamic_axes": {"x": {0: "batch"}}}
    torch.onnx.export(model, (x,), file, **options)
    return file.getvalue()


def gradients(model, x):
    """Return torch's output, and the gradients of the sum of its squares, by name."""
    y = model(x)
    y.square().sum().backward()
    named = {name: each.grad.numpy() for name, each in model.named_parameters()}
    return np.asarray(y.detach()), named

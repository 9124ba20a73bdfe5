"""Files for other libraries: weights as safetensors, a model as ONNX."""

from nn.interchange.onnx_export import to_onnx
from nn.interchange.onnx_import import from_onnx
from nn.interchange.weights import load_weights, save_weights

__all__ = ["from_onnx", "load_weights", "save_weights", "to_onnx"]


def __dir__() -> list[str]:
    return sorted(__all__)

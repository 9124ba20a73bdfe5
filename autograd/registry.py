"""The earlier home of ``get_op`` and ``ops`` of ``autograd.extend``."""

from autograd.rules.op_registry import get as get
from autograd.rules.op_registry import ops as ops

__all__ = ["get", "ops"]

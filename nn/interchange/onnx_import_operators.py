"""The operators of ONNX that are read: to add one, add a row to a table that is gathered here.

The opposite of ``onnx_translations.py``. Names that go both ways are in ``onnx_names.py``.
"""

from __future__ import annotations

from nn.interchange.onnx_import_elementwise import ELEMENTWISE, Row
from nn.interchange.onnx_import_layers import LAYERS
from nn.interchange.onnx_import_recurrent import RECURRENT
from nn.interchange.onnx_import_resize import RESIZE
from nn.interchange.onnx_import_scores import SCORES
from nn.interchange.onnx_import_shapes import SHAPES
from nn.interchange.onnx_import_step import Step
from nn.interchange.onnx_import_sums import SUMS


def _constant(step: Step) -> None:
    """Stand for a Constant, which is read with the file and never computed."""


OPERATORS: dict[tuple[str, str], Row] = {
    **{
        ("", kind): row
        for table in (ELEMENTWISE, SHAPES, SUMS, LAYERS, RESIZE, RECURRENT)
        for kind, row in table.items()
    },
    **{("ai.onnx.ml", kind): row for kind, row in SCORES.items()},
    ("", "Constant"): _constant,
}

SETTINGS: dict[str, tuple[int, ...]] = {
    "BatchNormalization": (3, 4),
    "CastLike": (1,),
    "Clip": (1, 2),
    "Dropout": (1,),
    "Equal": (0, 1),
    "Greater": (0, 1),
    "GreaterOrEqual": (0, 1),
    "Less": (0, 1),
    "LessOrEqual": (0, 1),
    "LSTM": (5, 6),
    "GRU": (5,),
    "RNN": (5,),
    "OneHot": (2,),
    "Pad": (2,),
    "Pow": (1,),
    "Imputer": (1,),
    "Scaler": (1, 2),
    "Resize": (1, 2),
    "Shape": (0,),
    "Upsample": (1,),
}
"""The operands of each operator that are no weights, even where they are arrays of floats."""

WITH_WEIGHTS: frozenset[str] = frozenset(
    (
        *("MatMul", "Gemm", "Conv", "ConvTranspose", "RNN", "GRU", "LSTM", "PRelu"),
        *("BatchNormalization", "InstanceNormalization", "GroupNormalization"),
        *("LayerNormalization", "RMSNormalization", "LinearRegressor", "LinearClassifier"),
    )
)
"""The operators whose other operands are weights, even where they are single numbers."""

OF_ATTRIBUTES: dict[tuple[str, str], tuple[str, ...]] = {
    ("ai.onnx.ml", "Imputer"): ("imputed_value_floats",),
    ("ai.onnx.ml", "Scaler"): ("offset", "scale"),
    ("ai.onnx.ml", "LinearRegressor"): ("coefficients", "intercepts"),
    ("ai.onnx.ml", "LinearClassifier"): ("coefficients", "intercepts"),
}
"""The attributes that are arrays: they become operands, after those that there are."""

DATA_DEPENDENT: dict[str, str] = {
    "If": "which branch is taken",
    "Loop": "how often it is computed",
    "Scan": "how often it is computed",
    "NonZero": "the shape of its result",
    "Compress": "the shape of its result",
    "Unique": "the shape of its result",
    "NonMaxSuppression": "the shape of its result",
    "SequenceMap": "how often it is computed",
}
"""What in a model that branches on its data depends on them."""

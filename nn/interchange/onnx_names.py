"""Operators of ONNX that are one op of ours, by name: the export and the import both read this."""

SAME: dict[str, str] = {
    name: name.capitalize()
    for name in (
        "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh",
        "div", "erf", "exp", "floor", "identity", "log", "mish", "mul", "neg", "pow",
        "reciprocal", "relu", "round", "sigmoid", "sign", "sin", "sinh", "softsign", "sqrt",
        "sub", "tan", "tanh",
    )
}  # fmt: skip
"""Ours to theirs, where the operands are the same and there are no settings."""

WITH: dict[str, tuple[str, dict[str, str]]] = {
    "leaky_relu": ("LeakyRelu", {"slope": "alpha"}),
    "elu": ("Elu", {"alpha": "alpha"}),
    "gelu": ("Gelu", {"approximate": "approximate"}),
}
"""Where the settings are attributes: our name for each, and theirs."""

REDUCTIONS: dict[str, str] = {
    "sum": "ReduceSum",
    "mean": "ReduceMean",
    "max": "ReduceMax",
    "min": "ReduceMin",
    "prod": "ReduceProd",
    "logsumexp": "ReduceLogSumExp",
}
"""Over ``axis``, with ``keepdims``."""

EXTREMES: dict[str, str] = {"maximum": "Max", "minimum": "Min"}
"""Of two operands in ours, and of any number in theirs."""

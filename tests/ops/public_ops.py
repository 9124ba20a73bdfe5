"""Which ops users call: all that are registered, but those that rules alone are written in."""

from autograd.rules.op_registry import ops

# Slopes and parts of other ops, and what operators, indexing and losses record.
FOR_RULES = {
    "atan2_slope", "cross_entropy", "cross_entropy_slope", "element", "from_diagonal",
    "from_scalars", "gaussian", "getitem", "hypot_slope", "linearised", "neuron", "normal_cdf",
    "normal_pdf", "one_less_square", "power", "power_slope", "products_of_others", "scatter",
    "scatter_flat", "sigmoid_difference", "sigmoid_slope", "sinc_derivative", "sinc_slope",
    "tanh_slope", "unstack", "deviations", "less_share", "less_average", "across",
    "conv_kernel", "direction", "erfinv_slope", "fold", "gamma_density",
    "log_ndtr_derivative", "polygamma",
    "logaddexp2_slope", "recurrence", "standardize", "unfold",
}  # fmt: skip
# Users call these in the package autograd.linalg.
IN_LINALG = {
    "cholesky", "det", "eig", "eigh", "eigvalsh", "expm", "inv", "lstsq", "pinv", "qr", "slogdet",
    "solve", "svd", "svdvals",
}  # fmt: skip
IN_SPECIAL = {
    "bessel_ie",
    "bessel_j",
    "gamma",
    "gammainc",
    "gammaincc",
    "ndtri",
}  # and these in autograd.special
ELSEWHERE = FOR_RULES | IN_LINALG | IN_SPECIAL
PUBLIC = {name: op for name, op in ops().items() if name not in ELSEWHERE}

"""The package's face: what it exports, what it imports."""

import subprocess
import sys
from importlib import resources

import init
from init import theory

EXPORTED = {
    "Fans", "Initializer", "Registry", "Seed", "Spec", "Strategy", "VarianceScaling",
    "as_generator", "available", "backward_normal", "backward_uniform", "constant",
    "critical", "gain", "get",
    "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity", "kaiming_normal",
    "kaiming_uniform", "lecun_normal", "lecun_uniform", "normal", "ones", "orthogonal",
    "register", "spawn", "sparse", "suits", "theory", "torch_gain", "truncated_normal", "uniform",
    "uniform_fan_in", "unregister", "variance_scaling", "xavier_normal", "xavier_sigmoid",
    "xavier_uniform", "zeros",
}  # fmt: skip

EXPORTED_THEORY = {
    "ACTIVATIONS", "Activation", "ActivationLike", "Critical", "DepthScale",
    "FIGURE_7_4_VARIANCES", "MeanVariance", "Moments", "Signal", "as_activation", "backward_law",
    "chi", "correlation_fixed_point", "correlation_map", "critical", "depth_scale", "figure_7_4",
    "fixed_point", "forward_law", "gain", "independent_product", "independent_sum", "mean",
    "moments", "q_map", "q_slope", "relu_log_ratio", "second_moment", "slope_moment",
    "weight_gradient_law",
}  # fmt: skip


def test_the_public_names_are_exactly_these():
    assert set(init.__all__) == EXPORTED
    assert len(init.__all__) == len(EXPORTED)


def test_the_public_names_of_the_theory_are_exactly_these():
    assert set(theory.__all__) == EXPORTED_THEORY
    assert len(theory.__all__) == len(EXPORTED_THEORY)


def test_every_public_name_is_there():
    assert all(hasattr(init, name) for name in init.__all__)
    assert all(hasattr(theory, name) for name in theory.__all__)


def test_every_registered_strategy_can_be_had_as_an_attribute():
    """A name for ``init.get`` is a name in the package (``variance_scaling`` is the function)."""
    for name in set(init.available()) - {"variance_scaling"}:
        assert getattr(init, name) is init.get(name)


def test_importing_it_loads_numpy_and_the_standard_library_alone():
    script = (
        "import sys, numpy, numpy.random; before = set(sys.modules); import init; "
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(sorted(new - set(sys.stdlib_module_names) - {'init', 'numpy'}))"
    )
    out = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=None
    )
    assert out.stdout.strip() == "[]"


def test_types_are_shipped():
    assert resources.files(init).joinpath("py.typed").is_file()

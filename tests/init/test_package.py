"""The package's face: what it exports, what it imports."""

import subprocess
import sys
from importlib import resources

import init
from init import theory
from init.built_in import BUILT_IN

# What is public beside the strategies, which are in the registry.
OTHERS = {
    "Fans", "Initializer", "Registry", "Seed", "Spec", "Strategy", "VarianceScaling",
    "as_generator", "available", "gain", "get", "register", "spawn", "suits", "theory",
    "torch_gain", "unregister", "variance_scaling",
}  # fmt: skip

EXPORTED_THEORY = {
    "ACTIVATIONS", "Activation", "ActivationLike", "Critical", "DepthScale",
    "WEIGHT_VARIANCES", "MeanVariance", "Moments", "Signal", "as_activation", "backward_law",
    "chi", "correlation_fixed_point", "correlation_map", "critical", "depth_scale",
    "correlated_sum", "fixed_point", "forward_law", "gain", "independent_product",
    "independent_sum", "mean", "moments", "q_map", "q_slope", "relu_log_ratio",
    "relu_network_law", "second_moment", "slope_moment", "weight_gradient_law",
}  # fmt: skip

# Names for init.get alone.
ALONE = "eye glorot glorot_sigmoid he kaiming lecun random_uniform xavier"


def test_the_public_names_are_exactly_these():
    strategies = {name for row, aliases in BUILT_IN for name in (row.name, *aliases)}
    strategies -= set(ALONE.split())
    assert set(init.__all__) == OTHERS | strategies
    assert len(init.__all__) == len(OTHERS | strategies)


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

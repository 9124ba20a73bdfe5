"""An op is in every place that CONTRIBUTING.md names; what fails names the place it isn't in."""

import pytest
from cases import BUILT_IN
from oracles import DEFINITIONS, SETTINGS
from public_ops import FOR_RULES, PUBLIC

import autograd
from autograd import Tensor, Value
from autograd.rules.op_registry import ops

OPERATORS = {"neg", "identity"}  # of one operand, and written −x and +x


def of_one_operand(name: str) -> bool:
    return name in PUBLIC and BUILT_IN[name].arity == 1 and name not in OPERATORS


@pytest.mark.parametrize("name", PUBLIC)
def test_an_op_is_exported(name: str) -> None:
    assert name in autograd.__all__, (
        f"{name} is missing in autograd/__init__.py: import it and add it to __all__; or, if no "
        "user calls it, add it to FOR_RULES in tests/ops/public_ops.py"
    )


@pytest.mark.parametrize("name", list(filter(of_one_operand, BUILT_IN)))
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_an_elementwise_op_of_one_operand_is_a_method(name: str, kind: type) -> None:
    assert callable(getattr(kind, name, None)), (
        f"{kind.__name__}.{name} is missing in autograd/values/element_methods.py"
    )


@pytest.mark.parametrize("name", BUILT_IN)
def test_an_elementwise_op_has_a_definition_of_its_own(name: str) -> None:
    assert name in DEFINITIONS, f"{name} is missing in DEFINITIONS in tests/ops/oracles.py"


@pytest.mark.parametrize("name", [name for name, op in BUILT_IN.items() if op.settings])
def test_an_op_with_settings_has_some_to_be_tested_with(name: str) -> None:
    assert name in SETTINGS, f"{name} is missing in SETTINGS in tests/ops/oracles.py"


def test_no_table_has_an_op_that_is_gone() -> None:
    assert ops().keys() >= FOR_RULES | DEFINITIONS.keys()
    assert DEFINITIONS.keys() >= SETTINGS.keys()

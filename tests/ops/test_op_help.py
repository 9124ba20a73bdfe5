"""``help`` of an op: written from its record, for a user's op as for a built-in one."""

import pydoc

import autograd
from autograd import elementwise, structural, temporary_registry
from autograd.extend import Elementwise


def test_it_begins_with_what_the_op_returns() -> None:
    assert autograd.tanh.__doc__.startswith("Return the hyperbolic tangent, sinh x / cosh x.\n\n")


def test_pydoc_shows_it_for_the_op_and_not_its_class() -> None:
    shown = pydoc.render_doc(autograd.tanh, renderer=pydoc.plaintext)
    assert "Return the hyperbolic tangent" in shown
    assert "An op that acts on each element alone" not in shown


def test_the_class_keeps_its_own_docstring() -> None:
    assert (Elementwise.__doc__ or "").startswith("An op that acts on each element alone")


def test_it_has_each_partial_and_says_that_z_is_the_result() -> None:
    assert "∂z/∂x is `1 / y`.\n∂z/∂y is `-z / y`.\nIn a partial, z is" in autograd.div.__doc__


def test_it_explains_the_name_of_a_slope_that_only_rules_use() -> None:
    assert "`tanh_slope`: 1 − tanh²x" in autograd.tanh.__doc__


def test_it_has_the_domain_and_the_conventions_at_its_ends() -> None:
    assert "on (−1, ∞)." in autograd.log1p.__doc__
    assert "At x = −1 the slope is ∞ by convention: the one-sided limit." in autograd.log1p.__doc__


def test_it_has_the_settings_with_their_defaults_and_words() -> None:
    assert "approximate : {'none', 'tanh'}, default 'none'" in autograd.gelu.__doc__


def test_it_says_which_kinds_of_number_the_op_takes() -> None:
    assert "x, y : number, Fraction, complex, mpf, array, Value or Tensor" in autograd.mul.__doc__
    assert "x : number, mpf, array, Value or Tensor" in autograd.erf.__doc__


def test_no_line_is_too_long_for_a_terminal() -> None:
    lines = [line for op in (autograd.gelu, autograd.relu) for line in op.__doc__.splitlines()]
    assert max(map(len, lines)) <= 100


def test_an_op_of_one_s_own_has_help_without_a_word_of_it() -> None:
    with temporary_registry():
        cube = elementwise("cube", "x * x * x", "3 * x * x")
    assert cube.__doc__ == (
        "Apply the op cube.\n\n"
        "Parameters\n----------\nx : number, mpf, array, Value or Tensor\n\n"
        "Notes\n-----\n∂z/∂x is `3 * x * x`."
    )


def test_a_sentence_as_its_doc_is_left_as_it_is() -> None:
    with temporary_registry():
        cube = elementwise("cube", "x * x * x", "3 * x * x", doc="The third power.")
    assert cube.__doc__.startswith("The third power.\n\n")


def test_its_example_is_last() -> None:
    with temporary_registry():
        cube = elementwise("cube", "x * x * x", "3 * x * x", example=">>> cube(2.0)\n8.0")
    assert cube.__doc__.endswith("\n\nExamples\n--------\n>>> import autograd\n>>> cube(2.0)\n8.0")


def test_a_partial_that_is_a_function_has_no_text_to_show() -> None:
    with temporary_registry():
        cube = elementwise("cube", lambda x: x * x * x, lambda x, z: 3 * x * x)
    assert "∂z/∂x is (a function)." in cube.__doc__


def test_a_linear_structural_op_says_so() -> None:
    with temporary_registry():
        twice = structural("twice", lambda x: 2 * x, lambda g, x, z: (2 * g,), linear=True)
    assert "It is linear: its own pushforward." in twice.__doc__


def test_the_help_of_a_method_names_the_function() -> None:
    assert autograd.Tensor.tanh.__doc__ == (
        "Return the hyperbolic tangent, sinh x / cosh x. See ``autograd.tanh``."
    )

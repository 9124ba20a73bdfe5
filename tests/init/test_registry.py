"""The registry: names, aliases, refusals, and no trace left behind."""

import functools

import numpy as np
import pytest

import init
from init.strategy_registry import default


def halves(shape, *, rng, fan_in, fan_out, gain=1.0, dtype=np.float64, part=0.5):
    return np.full(shape, part * gain, dtype)


@pytest.fixture
def registry():
    return init.Registry()


def test_a_plain_call_registers_and_returns_the_strategy(registry):
    assert registry.register("halves", halves) is halves
    assert registry.get("halves") is halves


def test_a_decorator_registers_and_leaves_the_function_as_it_was(registry):
    assert registry.register("halves", aliases=["half"])(halves) is halves
    assert registry.get("half") is halves


def test_available_is_sorted_and_without_aliases(registry):
    registry.register("b", halves, aliases=["a"])
    registry.register("aa", halves)
    assert registry.available() == ("aa", "b")
    assert registry.aliases == {"a": "b"}


@pytest.mark.parametrize("taken", ["halves", "half"])
@pytest.mark.parametrize("how", ["name", "alias"])
def test_a_duplicate_is_refused_and_nothing_changes(registry, taken, how):
    registry.register("halves", halves, aliases=["half"])
    name, aliases = (taken, ["new"]) if how == "name" else ("new", ["newer", taken])
    with pytest.raises(ValueError, match=f"named '{taken}' is already registered"):
        registry.register(name, halves, aliases=aliases)
    assert registry.available() == ("halves",)
    assert registry.aliases == {"half": "halves"}


def test_an_alias_equal_to_its_own_name_is_refused(registry):
    with pytest.raises(ValueError, match="already registered"):
        registry.register("halves", halves, aliases=["halves"])
    assert registry.available() == ()


@pytest.mark.parametrize("name", ["", 3, None])
def test_a_name_must_be_a_string(registry, name):
    with pytest.raises(TypeError, match="name must be a non-empty string"):
        registry.register(name, halves)


def test_an_unknown_name_is_answered_with_the_nearest_ones():
    with pytest.raises(ValueError, match=r"unknown initialisation 'he_norml': did you mean 'he_n"):
        init.get("he_norml")


def test_aliases_count_as_near_names_too():
    with pytest.raises(ValueError, match="kaiming_uniform"):
        init.get("kaiming_unifrm")


def test_a_name_like_no_other_is_answered_without_a_guess():
    with pytest.raises(ValueError, match=r"'qqqq': init\.available\(\) lists what there is"):
        init.get("qqqq")


def test_unregister_takes_the_aliases_along(registry):
    registry.register("halves", halves, aliases=["half"])
    registry.register("other", halves, aliases=["another"])
    registry.unregister("half")
    assert registry.available() == ("other",)
    assert registry.aliases == {"another": "other"}


def test_unregistering_what_is_not_there_raises(registry):
    with pytest.raises(ValueError, match="unknown initialisation"):
        registry.unregister("halves")


def test_a_copy_changes_on_its_own():
    before = init.available()
    twin = default.copy()
    twin.register("halves", halves)
    twin.unregister("he_normal")
    assert init.available() == before
    assert set(twin.available()) == (set(before) | {"halves"}) - {"he_normal"}


def test_the_default_registry_can_be_left_as_it_was():
    before = init.available(), default.aliases
    init.register("halves", halves, aliases=["half"])
    assert init.get("half") is halves
    init.unregister("halves")
    assert (init.available(), default.aliases) == before


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("kaiming_normal", "he_normal"),
        ("kaiming_uniform", "he_uniform"),
        ("glorot_normal", "xavier_normal"),
        ("glorot_uniform", "xavier_uniform"),
    ],
)
def test_the_usual_aliases_find_the_same_strategy(alias, name):
    assert init.get(alias) is init.get(name)


def test_a_strategy_or_a_function_comes_back_as_it_is():
    assert init.get(init.he_normal) is init.he_normal
    assert init.get(halves) is halves


def test_a_partial_is_as_good_as_a_function():
    quarter = functools.partial(halves, part=0.25)
    assert init.get(quarter)((1,), rng=0, fan_in=1, fan_out=1)[0] == 0.25


def test_a_dict_configures_a_strategy():
    assert init.get({"name": "he_normal", "mode": "fan_out"}) == init.he_normal.with_options(
        mode="fan_out"
    )
    assert init.get({"name": "he_normal"}) is init.he_normal


def test_a_dict_reaches_the_core_by_its_name():
    spec = {"name": "variance_scaling", "scale": 2.0, "mode": "fan_avg", "distribution": "uniform"}
    assert init.get(spec).variance(fan_in=3, fan_out=5) == 0.5


def test_a_dict_configures_a_plain_function(registry):
    registry.register("halves", halves)
    thirds = registry.get({"name": "halves", "part": 3.0})
    assert thirds((1,), rng=0, fan_in=1, fan_out=1)[0] == 3.0


def test_a_dict_with_an_unknown_option_for_a_function(registry):
    registry.register("halves", halves)
    with pytest.raises(TypeError, match="'halves' does not take the options size"):
        registry.get({"name": "halves", "size": 3.0})


def test_a_dict_with_an_unknown_option_for_a_strategy():
    with pytest.raises(TypeError, match=r"'he_normal' has no option 'std': expected .*scale"):
        init.get({"name": "he_normal", "std": 1.0})


@pytest.mark.parametrize("spec", [{}, {"mode": "fan_in"}, {"name": 3}])
def test_a_dict_without_a_name(spec):
    with pytest.raises(ValueError, match="needs the key 'name'"):
        init.get(spec)


def wrong_signature(shape, rng):
    return np.zeros(shape)


@pytest.mark.parametrize("spec", [None, 3, wrong_signature, init.VarianceScaling, ("he_normal",)])
def test_anything_else_is_a_type_error(registry, spec):
    with pytest.raises(TypeError, match="must be a name, a dict, or a callable"):
        init.get(spec)
    if spec is not None:
        with pytest.raises(TypeError, match="must be a name, a dict, or a callable"):
            registry.register("x", spec)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("he", "he_normal"),
        ("kaiming", "he_normal"),
        ("xavier", "xavier_uniform"),
        ("glorot", "xavier_uniform"),
        ("lecun", "lecun_normal"),
        ("HeNormal", "he_normal"),
        ("GlorotUniform", "xavier_uniform"),
        ("Zeros", "zeros"),
        ("RandomUniform", "uniform"),
        ("kaiming-uniform", "he_uniform"),
        ("kaiming_normal_", "he_normal"),
        ("kaiming_uniform_", "he_uniform"),
        ("xavier_normal_", "xavier_normal"),
        ("xavier_uniform_", "xavier_uniform"),
        ("orthogonal_", "orthogonal"),
        ("zeros_", "zeros"),
        ("ones_", "ones"),
        ("eye_", "identity"),
    ],
)
def test_names_of_keras_pytorch_and_papers_find_ours(theirs, ours):
    assert init.get(theirs) is init.get(ours)


@pytest.mark.parametrize("name", ["normal_", "uniform_"])
def test_pytorchs_functions_of_other_settings_are_no_other_names(name):
    with pytest.raises(ValueError, match=f"unknown initialisation '{name}'"):
        init.get(name)


def test_of_names_that_differ_in_case_alone_each_is_itself():
    registry = init.Registry()
    registry.register("tiny", init.zeros)
    registry.register("Tiny", init.ones)
    assert (registry.get("tiny"), registry.get("Tiny")) == (init.zeros, init.ones)
    with pytest.raises(ValueError, match="unknown initialisation 'TINY'"):
        registry.get("TINY")


def test_a_strategy_is_taken_out_under_another_spelling():
    registry = init.Registry()
    registry.register("tiny", init.zeros, aliases=("little",))
    registry.unregister("Little")
    assert (registry.available(), registry.aliases) == ((), {})

"""Seeds and generators: what is taken, what is refused, and who is independent of whom."""

import numpy as np
import pytest

import init


def test_a_seed_is_numpys_own_generator_of_that_seed():
    ours, numpys = init.as_generator(7), np.random.default_rng(7)
    assert np.array_equal(ours.random(5), numpys.random(5))


def test_a_generator_passes_through_with_its_state():
    rng = np.random.default_rng(7)
    assert init.as_generator(rng) is rng


def test_numpy_integers_are_seeds():
    assert init.as_generator(np.int32(7)).random() == np.random.default_rng(7).random()


@pytest.mark.parametrize("rng", [True, None, 1.0, "0", np.random, np.random.RandomState(0)])
def test_what_is_no_generator_and_no_integer_is_a_type_error(rng):
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator or an integer"):
        init.as_generator(rng)


def test_a_negative_seed_is_a_value_error():
    with pytest.raises(ValueError, match="non-negative integer seed, got -1"):
        init.as_generator(-1)


def test_a_layer_added_leaves_the_others_as_they_were():
    three = [g.random(4).tolist() for g in init.spawn(0, 3)]
    four = [g.random(4).tolist() for g in init.spawn(0, 4)]
    assert four[:3] == three


def test_no_two_layers_are_alike():
    draws = {tuple(g.random(4)) for g in init.spawn(0, 50)}
    assert len(draws) == 50


def test_spawning_from_a_generator_draws_nothing_and_never_repeats():
    rng = np.random.default_rng(3)
    first = [g.random() for g in init.spawn(rng, 2)]
    second = [g.random() for g in init.spawn(rng, 2)]
    assert len({*first, *second}) == 4
    assert rng.random() == np.random.default_rng(3).random()


@pytest.mark.parametrize(("n", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError)])
def test_spawn_wants_a_positive_number(n, error):
    with pytest.raises(error, match="n must be a positive integer"):
        init.spawn(0, n)


def test_the_global_generator_is_never_touched():
    np.random.seed(5)  # noqa: NPY002  (the point of the test)
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    for name in init.available():
        init.get(name)((4, 4), rng=1, fan_in=4, fan_out=4)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002

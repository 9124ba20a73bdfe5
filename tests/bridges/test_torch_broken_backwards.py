"""A backward that raises, draws, remembers or writes where it mustn't is told of by its name."""

import pytest
import torch

from autograd.bridges import torch as bridge


def function(name, backward):
    """Return an autograd.Function: three times its first argument."""
    return type(name, (torch.autograd.Function,), {
        "forward": staticmethod(lambda ctx, x, *_: 3 * x), "backward": staticmethod(backward)
    })  # fmt: skip


@pytest.fixture
def x():
    return torch.linspace(1, 2, 4, dtype=torch.float64).requires_grad_()


def opened(program):
    with bridge.record() as rec:
        loss = program()
    return rec[loss], loss


@pytest.mark.parametrize("look", [bridge.check, lambda root: root.backward()])
def test_too_few_gradients_are_counted(x, look):
    root, loss = opened(lambda: function("Few", lambda ctx, g: 3 * g).apply(x, 2 * x).sum())
    with pytest.raises(ValueError, match=r"backward of 'Few' .* each of the 2 arguments .* got 1"):
        look(root)
    with pytest.raises(RuntimeError, match="incorrect number of gradients"):
        loss.backward()


def test_a_gradient_of_another_shape_is_refused_with_both(x):
    root, loss = opened(lambda: function("Wide", lambda ctx, g: g.expand(2, 4).T).apply(x).sum())
    with pytest.raises(ValueError, match=r"'Wide' .* shape \(4, 2\) for .* shape \(4,\)"):
        root.backward()
    with pytest.raises(RuntimeError, match="invalid gradient"):
        loss.backward()


def test_what_a_backward_raises_says_whose_it_is(x):
    def backward(ctx, g):
        raise KeyError("missing")

    root, _ = opened(lambda: function("Unfinished", backward).apply(x).sum())
    with pytest.raises(KeyError, match="missing") as raised:
        root.backward()
    assert "in the backward of 'Unfinished' (" in raised.value.__notes__[0]


def test_a_backward_that_gives_other_numbers_each_time_is_named(x):
    """No hook is blamed for it; and the program's random numbers go on as without a check."""
    root, _ = opened(
        lambda: function("Noisy", lambda ctx, g: 3 * g + torch.rand_like(g)).apply(x).sum()
    )
    before = torch.get_rng_state()
    report = bridge.check(root)
    assert torch.equal(before, torch.get_rng_state())
    assert not report.walk.agrees
    assert "the backward of 'Noisy' " in report.walk.where
    assert "other numbers each time" in report.walk.where


def test_a_backward_that_torch_can_t_run_fails_the_check(x):
    root, loss = opened(lambda: function("Writes", lambda ctx, g: g.mul_(3)).apply(x).sum())
    report = bridge.check(root)
    assert not report
    assert "torch's own backward pass fails: unsupported operation" in str(report)
    with pytest.raises(RuntimeError, match="unsupported operation"):
        loss.backward()

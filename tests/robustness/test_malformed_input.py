"""1,500 mistaken calls of the public API: each works, or says what is wrong and changes nothing.

The errors are TypeError and ValueError, and for what Python itself has another word: IndexError
for a position that isn't there, OverflowError for a whole number of more than 64 bits. A warning
would be an error in this suite, and so a failure here.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from malformed import Call, mistaken, right_calls_of_operators, right_calls_of_ops
from valid_calls import AUTOGRAD, CHECK, INIT, METHODS, NN

RIGHT = {
    "autograd": AUTOGRAD.split("\n")[1:-1],
    "elementwise ops": right_calls_of_ops(),
    "methods": METHODS.split("\n")[1:-1] + right_calls_of_operators(),
    "autograd.check": CHECK.split("\n")[1:-1],
    "init": INIT.split("\n")[1:-1],
    "nn": NN.split("\n")[1:-1],
}
DOCUMENTED = (TypeError, ValueError)
TAKES_POSITIONS = ("__getitem__", "take", "take_along_axis", "set_at", "add_at", "embedding")
# What these are for is to change their arguments, or the model whose methods they are.
CHANGES = ("backward", "label", "fitted", "lsuv", "load_state_dict", "clip_grad_norm")


def is_documented(error: Exception, call: Call) -> bool:
    if isinstance(error, IndexError) and not isinstance(error, ValueError):
        return call.function.endswith(TAKES_POSITIONS) or "nn.Embedding(" in call.function
    if isinstance(error, OverflowError):
        return "10 ** 30" in repr(call) or "10**30" in repr(call)
    return isinstance(error, DOCUMENTED)


@pytest.mark.slow
@pytest.mark.parametrize("call", [text for calls in RIGHT.values() for text in calls])
def test_the_right_calls_are_right(call: str) -> None:
    """Else mistakes in them would prove nothing."""
    changed, error = Call.parse(call).run()
    assert error is None
    assert not changed or call.partition("(")[0].endswith(CHANGES) or ".backward(" in call


@pytest.mark.slow
@pytest.mark.parametrize("room", RIGHT)
def test_a_mistake_is_an_error_that_is_documented_and_changes_nothing(room: str) -> None:
    @settings(
        max_examples=max(250, settings.default.max_examples),
        suppress_health_check=list(HealthCheck),
    )
    @given(mistaken(RIGHT[room]))
    def check(call: Call) -> None:
        changed, error = call.run()
        if error is not None:
            assert is_documented(error, call), f"{call}: {type(error).__name__}: {error}"
            assert str(error), f"{call}: {type(error).__name__} without a word"
        assert not changed or (error is None and call.function.endswith(CHANGES)), (call, changed)

    check()

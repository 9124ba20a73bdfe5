"""``10**400`` in every place of every right call: an error that says what, no OverflowError."""

from __future__ import annotations

from dataclasses import replace

import pytest
from malformed import Call, right_calls_of_operators, right_calls_of_ops
from valid_calls import AUTOGRAD, INIT, METHODS, NN

TOO_LARGE = "10**400"
CALLS = [
    *(AUTOGRAD + METHODS + INIT + NN).split("\n"),
    *right_calls_of_ops(),
    *right_calls_of_operators(),
]
# They would compute for as long as they are told to.
ENDLESS = ("gradcheck", "epochs", "max_iter", "check_op")


def with_one_too_large(call: Call) -> list[Call]:
    arguments, settings = call.arguments, call.settings
    return [
        *(
            replace(call, arguments=(*arguments[:k], TOO_LARGE, *arguments[k + 1 :]))
            for k in range(len(arguments))
        ),
        *(
            replace(call, settings=(*settings[:k], (name, TOO_LARGE), *settings[k + 1 :]))
            for k, (name, _) in enumerate(settings)
            if name not in ENDLESS
        ),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("text", sorted({text for text in CALLS if text}))
def test_a_number_too_large_is_a_type_value_or_index_error_that_says_what(text: str) -> None:
    call = Call.parse(text)
    if call.function.endswith(ENDLESS):
        return
    for wrong in with_one_too_large(call):
        _, error = wrong.run()
        if error is None:  # a place that takes any object, or a Python int of any size
            continue
        assert isinstance(error, (TypeError, ValueError, IndexError)), f"{wrong}: {error!r}"
        assert len(str(error).split()) > 3, f"{wrong}: {error!r} doesn't say what"

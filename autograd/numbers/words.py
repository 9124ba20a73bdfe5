"""How an error message names the object that was given."""

from __future__ import annotations

from typing import Any

_LONGEST = 60  # characters of a repr; the numbers of a table are no part of a sentence


def with_article(given: Any) -> str:
    """Return the kind of an object, as in ``an int``: a class itself may be given.

    Examples
    --------
    >>> with_article(2), with_article("a"), with_article(object()), with_article(None)
    ('an int', 'a str', 'an object', 'None')
    """
    if given is None:
        return "None"
    name = (given if isinstance(given, type) else type(given)).__name__
    return f"{article(name)} {name}"


def with_package(given: Any) -> str:
    """Return the kind of an object with its package's name: a Tensor may be PyTorch's.

    Examples
    --------
    >>> import numpy as np
    >>> with_package(np.float64(2.0)), with_package(2)
    ('a numpy.float64', 'an int')
    """
    cls = type(given)
    package = cls.__module__.partition(".")[0]
    if package in ("builtins", "__main__"):
        return with_article(given)
    return f"{article(package)} {package}.{cls.__name__}"


def article(word: str) -> str:
    """Return ``an`` before the sound of a vowel, else ``a``; a short form is spelled: an MLP.

    Examples
    --------
    >>> article("int"), article("float"), article("ufunc"), article("ndarray"), article("MLP")
    ('an', 'a', 'a', 'an', 'an')
    """
    is_spelled = word[:2].isupper() or word.startswith(("ndarray", "mpf", "mpc"))
    vowels = "AEFHILMNORSX" if is_spelled else "AEIO"
    return "an" if word[:1].upper() in tuple(vowels) else "a"


def shown(given: Any) -> str:
    """Return an object and its kind; the kind alone where the object is long, or is None.

    Examples
    --------
    >>> shown("abc"), shown(range(3)), shown(None), shown([[0.0, 0.0]] * 9)
    ("'abc', a str", 'range(0, 3), a range', 'None', 'a list')
    """
    kind, text = with_article(given), repr(given)
    return kind if given is None or "\n" in text or len(text) > _LONGEST else f"{text}, {kind}"

r"""The texts of steps as templates: sentences and formulas with holes, which a page fills.

Events that differ only in names and numbers share a template. The code of ``sentences.py``,
``formula.py`` and ``flags.py`` runs once for each of them, on holes. ``player/words.js`` fills
them. In a text, a hole is its code between two marks: a role, and how it is written.

Roles of names: ``N`` the node, ``R`` the root, ``T`` the target, ``P`` its partner (the operand
that it is multiplied with), ``O2`` the operand 2. Roles of numbers: ``r`` the result, ``v2`` the
operand 2, ``p`` the partner, ``u`` upstream, ``l`` local, ``c`` contribution, ``b`` before, ``a``
after, ``q`` the sum with zeros for rounding noise, ``s`` the sum of x − x over the operands, which
is 0 if they are finite, ``m`` the largest element of an array of contributions.

How it is written: in a sentence ``!``, in parentheses if it has a sign of its own; ``+b,c``, as
the sum of those, ``+values`` of the operands or ``+products`` of the pairs that are multiplied, so
that rounding noise is called so. In a formula ``^`` and a level: in parentheses if it holds
together less tightly (``latex.py``); ``R/T`` is ∂R/∂T.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.reading import formatting
from autograd.rules.op import Elementwise
from autograd.stepping import flags, formula, sentences
from autograd.stepping.holes import FIRST, NOISE, Hole, NameHole, Question, Sheet, UnansweredError
from autograd.stepping.mathml import mathml

if TYPE_CHECKING:
    from autograd.stepping.events import Event, NodeRecord
    from autograd.stepping.recorded_steps import Steps

MARK = "\ue000"  # around the code of a hole: of the private use area
PAIRED = frozenset({"mul", "div", "dot", "neuron"})  # ops of two rows that are multiplied
QUOTIENTS = (("R", "T"), ("R", "N"), ("N", "T"))  # the ∂z/∂x of which formulas are made
ENDS = 4  # operands at the start of a row that may be shown; the last is, too
AMOUNTS = {"u": "upstream", "l": "local", "c": "contribution", "b": "before", "a": "after"}

Tree = Any  # what is chosen: a leaf, or [number of a condition, tree if it holds, tree if not]
Answers = Mapping[Question, bool]


@dataclass
class Templates:
    """The templates of a graph's events.

    Attributes
    ----------
    ids : list of int
        The template of each event.
    live : list of int
        Of a page that computes arrays: the template of each event for other numbers than those
        that were recorded.
    templates : list
        Each is [sentence, formula, local formula, substituted formula, flags]: trees over places
        in ``sentences`` and ``formulas``, −1 for no formula, and a place in ``flagged``. A tree is
        a leaf, or [place of a condition, tree if it holds, tree if not].
    sentences : list of str
        Texts with holes.
    formulas : list of (str, str)
        LaTeX and MathML with holes.
    flags : list of str
    flagged : list
        Flags that may be raised: pairs of a place in ``flags``, and a tree over 0 and 1.
    conditions : list of Question
        Conditions in the language of rules over the roles of an event's numbers.
    quiet : dict of int to array
        For some places of events, the array that stands for the role ``q``.
    """

    ids: list[int] = field(default_factory=list)
    live: list[int] = field(default_factory=list)
    templates: list[Tree] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    formulas: list[tuple[str, str]] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    flagged: list[Tree] = field(default_factory=list)
    conditions: list[Question] = field(default_factory=list)
    quiet: dict[int, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return the page's data as JSON has it, without the conditions, which are scripts."""
        names = ("ids", "live", "templates", "sentences", "formulas", "flags", "flagged")
        return {name: getattr(self, name) for name in names}


def templates(steps: Steps, *, live: bool = True, arrays: bool = False) -> Templates:
    r"""Return the templates of all events.

    Parameters
    ----------
    steps : Steps
        The events.
    live : bool
        Whether texts of floats hold for any numbers, with conditions for the page to decide. Those
        of other numbers and arrays hold for the recorded ones.
    arrays : bool
        Whether there are besides texts that hold for any numbers of floats and of arrays.

    Examples
    --------
    >>> from autograd import Value, steps
    >>> from autograd.stepping.event_templates import templates
    >>> found = templates(steps(Value(2.0, label="a") * Value(3.0, label="b")))
    >>> found.sentences[0].replace("\ue000", "|")
    '|N| = |O0| × |O1| = |v0!| × |v1!| = |r|'
    >>> [each.text for each in found.conditions if "a" in each.roles]
    ['a == 1', 'a - a == 0']
    """
    maker = _Maker(live)
    for place, event in enumerate(steps):
        maker.found.ids.append(maker.template(event, place))
    if arrays:
        maker.compute_arrays()
        maker.found.live += [maker.template(event, place) for place, event in enumerate(steps)]
    return maker.found


class _Maker:
    def __init__(self, live: bool) -> None:
        self.live = live
        self.arrays = False
        self.found = Templates()
        self.places: dict[tuple[str, Any], int] = {}
        self.nodes: dict[int, tuple[int, bool]] = {}
        self.made: dict[Any, int | Question] = {}

    def compute_arrays(self) -> None:
        """From here on, make texts that hold for any arrays."""
        self.live = self.arrays = True
        self.nodes, self.made = {}, {}

    def template(self, event: Event, place: int) -> int:
        signature, live = self.signature(event)
        told = () if live else flags.flags(event)
        key: tuple[Any, ...] = (signature, told)
        answers: dict[Question, bool] = {}
        found = self.made.get(key)
        while not isinstance(found, int):
            if found is None:
                found = self.made[key] = self.make(event, answers, told, live)
            else:
                answers[found] = found.answer(lambda role: number_of(event, role))
                key = (*key, answers[found])
                found = self.made.get(key)
        if any(answers[question] for question in answers if question.scope is NOISE):
            self.found.quiet |= _quiet(event, place)
        return found

    # Which events share a template --------------------------------------------------------------

    def signature(self, event: Event) -> tuple[Any, bool]:
        """Return an event's form, on which its texts depend, and whether its numbers are floats."""
        if event.kind in ("seed", "accumulate"):
            node, floats, slot = 0, True, None
        else:
            node, floats = self.node(event.node)
            slot = _slot_class(event)
        amounts = tuple(_form(getattr(event, name)) for name in AMOUNTS.values())
        floats = floats and all(form == "" or self.is_live(form) for form in amounts)
        at_root = event.node.index == event.root.index
        return (str(event.kind), node, slot, amounts, at_root), self.live and floats

    def node(self, node: NodeRecord) -> tuple[int, bool]:
        """Return a number for all that is alike in nodes, and whether its numbers are floats."""
        if node.index not in self.nodes:
            forms = (*map(_form, node.values), _form(node.data))
            plain = tuple(_is_plain(node, k) for k in range(len(node.values)))
            alike: tuple[Any, ...] = (
                node.op,
                id(node.made_by),
                node.symbol,
                _settings(node),
                forms,
                plain,
            )
            if self.arrays and node.built_in == "relu":  # of which is said how many are off
                alike = (*alike, np.size(node.data))
            self.nodes[node.index] = self.place("node", alike), all(map(self.is_live, forms))
        return self.nodes[node.index]

    def is_live(self, form: Any) -> bool:
        """Whether texts for a number of this form can be made to hold for others."""
        return form == "float" or (self.arrays and isinstance(form, tuple))

    def place(self, kind: str, thing: Any, into: list[Any] | None = None) -> int:
        """Return the place of a thing among those of its kind, where each is once."""
        key = kind, thing
        if key not in self.places:
            self.places[key] = len(self.places if into is None else into)
            if into is not None:
                into.append(thing)
        return self.places[key]

    # Making them --------------------------------------------------------------------------------

    def make(self, event: Event, answers: Answers, told: Any, live: bool) -> int | Question:
        """Return the place of a new template, or the question on whose answer it depends."""
        writers: list[Callable[[Sheet], int]] = [
            self.writer(event, sentences.sentence, self.sentence),
            self.writer(event, formula.symbolic, self.formula),
            self.writer(event, formula.local, self.formula),
            self.writer(event, formula.substituted, self.formula),
        ]
        try:
            made = [self.tree(write, answers, live) for write in writers]
        except UnansweredError as unanswered:
            return unanswered.question
        flagged = self.place("flagged", self.flags(event, told, live), self.found.flagged)
        record = (*made, flagged)
        return self.place("template", record, self.found.templates)

    def writer(
        self, event: Event, text: Callable[[Event], str], enter: Callable[[str, Sheet], int]
    ) -> Callable[[Sheet], int]:
        return lambda sheet: enter(text(_with_holes(event, sheet)), sheet)

    def tree(self, make: Callable[[Sheet], Tree], answers: Answers, live: bool) -> Tree:
        """Return the result of ``make``; where it asks a question, that and both results."""
        try:
            return make(Sheet(answers, arrays=self.arrays))
        except UnansweredError as unanswered:
            if not live:
                raise
            question = unanswered.question
        yes, no = (self.tree(make, {**answers, question: each}, live) for each in (True, False))
        if yes == no:
            return yes
        return self.place("condition", question, self.found.conditions), yes, no

    def flags(self, event: Event, told: tuple[str, ...], live: bool) -> Tree:
        if not live:
            return tuple((self.flag(name), 1) for name in told)
        trees = {
            name: self.tree(lambda sheet, f=holds: int(f(_with_holes(event, sheet))), {}, live)  # type: ignore[misc]
            for name, holds in flags.FLAGS.items()
        }
        return tuple(
            (self.flag(flags.named(name, event.node.data)), tree)
            for name, tree in trees.items()
            if tree != 0
        )

    def flag(self, name: str) -> int:
        return self.place("flag", name, self.found.flags)

    def sentence(self, text: str, sheet: Sheet) -> int:
        return self.place("sentence", _coded(text, sheet), self.found.sentences)

    def formula(self, text: str, sheet: Sheet) -> int:
        if not text:
            return -1
        for z, x in QUOTIENTS:
            quotient = formula.quotient(NameHole(sheet, z), NameHole(sheet, x)).text
            text = text.replace(quotient, sheet.character(f"{z}/{x}"))
        both = _coded(text, sheet), _coded(mathml(text), sheet)
        return self.place("formula", both, self.found.formulas)


def number_of(event: Event, role: str) -> Any:
    """Return the number that a role of an event stands for."""
    if role in AMOUNTS:
        return getattr(event, AMOUNTS[role])
    if role == "r":
        return event.node.data
    if role == "p":
        return event.values[_partner(event) or 0]
    if role == "s":
        return sum(x - x for x in event.values)
    if role in sentences.SUMMED:
        return sentences.terms(role, event.values)
    return event.values[int(role.removeprefix("v"))]


def _coded(text: str, sheet: Sheet) -> str:
    text = text.replace(MARK, "\ufffd")
    for k, code in enumerate(sheet.codes):
        text = text.replace(chr(FIRST + k), f"{MARK}{code}{MARK}")
    return text


def _quiet(event: Event, place: int) -> dict[int, Any]:
    """Return the array that is shown in place of one with rounding noise."""
    if event.kind == "compute":
        x, terms = event.result, sentences.addends(event.node)
    else:
        x, terms = event.after, (event.before, event.contribution)
    return {place: formatting.quieted(x, terms)} if np.size(x) != 1 else {}


# An event with holes ------------------------------------------------------------------------------


def _with_holes(event: Event, sheet: Sheet) -> Event:
    """Return the event with holes for its names and numbers."""
    shown = _node_with_holes(event, sheet)
    root = replace(event.root, name=NameHole(sheet, "R"))
    target = replace(event.target, name=NameHole(sheet, "T"))
    amounts: dict[str, Any] = {
        name: _hole(sheet, role, getattr(event, name)) for role, name in AMOUNTS.items()
    }
    return replace(event, node=shown, root=root, target=target, **amounts)


def _node_with_holes(event: Event, sheet: Sheet) -> NodeRecord:
    node, slot, partner = event.node, event.slot, _partner(event)
    count = len(node.operands)
    half = count // 2
    ends = {*range(ENDS), *range(half, half + ENDS), half - 1, 2 * half - 1, count - 1}
    roles = {k: (f"O{k}", f"v{k}") for k in ends.intersection(range(count))}
    if slot is not None:
        roles[slot] = "T", f"v{slot}"
    if partner is not None:
        roles[partner] = "P", "p"
    names, values = list(node.operand_names), list(node.values)
    for k, (name, number) in roles.items():
        values[k] = _hole(sheet, number, node.values[k])
        plain = k != slot and _is_plain(node, k)
        names[k] = str(values[k]) if plain else NameHole(sheet, name)
    return replace(
        node,
        name=NameHole(sheet, "N"),
        data=_hole(sheet, "r", node.data),
        values=tuple(values),
        operand_names=tuple(names),
    )


def _hole(sheet: Sheet, role: str, like: Any) -> Hole | None:
    return None if like is None else Hole(sheet, role, like)


def _partner(event: Event) -> int | None:
    """Return the slot of the operand that an event's own is multiplied with."""
    node, slot = event.node, event.slot
    half = len(node.operands) // 2
    if slot is None or node.built_in not in PAIRED or slot == 2 * half:
        return None
    return (slot + half) % (2 * half)


def _slot_class(event: Event) -> Any:
    """Return the class of a contribution's slot, on which its texts depend."""
    node, partner = event.node, _partner(event)
    if isinstance(node.made_by, Elementwise) or event.slot is None:
        return event.slot
    if partner is None:
        return node.built_in in PAIRED
    return "plain" if _is_plain(node, partner) else "named"


def _is_plain(node: NodeRecord, slot: int) -> bool:
    """Whether an operand is a number without a name."""
    value = node.values[slot]
    return np.size(value) == 1 and node.operand_names[slot] == formatting.number(value)


def _form(x: Any) -> Any:
    """Return the form of a number, on which texts depend: its kind, or an array's shape."""
    if type(x) is float:
        return "float"
    if isinstance(x, np.ndarray):
        return x.ndim, x.size != 1, x.size <= formatting.SMALL
    return "" if x is None else type(x).__name__


def _settings(node: NodeRecord) -> Any:
    """Return those of an op's settings on which texts depend."""
    if "slopes" in node.settings:  # a row of a Jacobian: each slot says its own
        return node.settings.get("of")
    return tuple((name, _setting(value)) for name, value in node.settings.items())


def _setting(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    return tuple(map(_setting, value)) if isinstance(value, tuple) else repr(value)

"""The kinds of instruction: an op's key, and the settings that aren't its default ones."""

from __future__ import annotations

from typing import Any

InstructionKind = tuple[str, tuple[tuple[str, Any], ...]]

SUM: InstructionKind = ("sum", ())
DOT: InstructionKind = ("dot", ())
ADD: InstructionKind = ("add", ())
MUL: InstructionKind = ("mul", ())

FIRST_KINDS = (SUM, DOT, ADD, MUL)  # the first in every list of kinds that instructions refer to

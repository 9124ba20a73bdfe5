"""The names of a PyTorch program's parts: labels of parameters and inputs, regions of modules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from autograd.bridges.torch.trace import Scope, tensors_in

_COMPILED = "_orig_mod."  # what torch.compile puts before all names


class Names:
    """Labels and regions, as the models of a recording have them."""

    def __init__(self, models: Sequence[Any]) -> None:
        self._models = models
        self._calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []
        self._labels: dict[int, str] = {}
        self._is_read = False
        self._inputs_read = 0  # of how many calls
        self._paths: dict[int, list[str]] = {}
        self._regions: dict[int, tuple[Scope, str, str | None]] = {}
        self._called: Counter[tuple[int, int]] = Counter()

    def called(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Note what a module was called with, to name its inputs."""
        self._calls.append((module, args, kwargs))

    def label(self, tensor: Any) -> str:
        """Return the name of a parameter, a buffer or an input: empty if it has none."""
        self._read()
        return self._labels.get(id(tensor), "")

    def region(self, scope: Scope | None) -> str:
        """Return the path of a call: its module's name, with the number of the call from 2 on."""
        chain = []
        while scope is not None and id(scope) not in self._regions:
            chain.append(scope)
            scope = scope.parent
        region, path = ("", None) if scope is None else self._regions[id(scope)][1:]
        for each in reversed(chain):
            region, path = self._inside(region, path, each)
            self._regions[id(each)] = each, region, path
        return region

    def _inside(self, region: str, path: str | None, scope: Scope) -> tuple[str, str | None]:
        """Return the region and the module's path in the model, of a call inside of another one."""
        self._read()
        key = id(scope.parent), id(scope.module)
        self._called[key] += 1
        number = f"#{self._called[key]}" if self._called[key] > 1 else ""
        kind = type(scope.module).__name__
        paths = self._paths.get(id(scope.module))
        if paths is None:  # it is in no model
            return _joined(region, kind + number), None
        if path is not None:
            for each in paths:
                if not path or each.startswith(f"{path}/"):
                    return _joined(region, each.removeprefix(path).strip("/") + number), each
        first = paths[0]
        return (first or (kind if number else "")) + number, first

    def modules_around(self, scope: Scope | None) -> tuple[Any, ...]:
        """Return the models, and the outermost module of a call."""
        while scope is not None and scope.parent is not None:
            scope = scope.parent
        return (*self._models, *([] if scope is None else [scope.module]))

    # What the models have -------------------------------------------------------------------------

    def _read(self) -> None:
        """Read the models' names when one is first asked for, so that recording doesn't cost it."""
        if not self._is_read:
            self._is_read = True
            for model, prefix in zip(self._models, self._prefixes(), strict=True):
                self._note_modules(model, prefix)
                self._note_tensors(model, prefix)
        if self._inputs_read < len(self._calls):  # more were made since a graph was opened
            self._note_inputs()

    def _prefixes(self) -> Iterator[str]:
        """Yield what comes before a model's names: its class, if it isn't the only one."""
        kinds: Counter[str] = Counter()
        for model in self._models:
            kind = type(model).__name__
            kinds[kind] += 1
            number = f"#{kinds[kind]}" if kinds[kind] > 1 else ""
            yield "" if len(self._models) == 1 else f"{kind}{number}."

    def _note_modules(self, model: Any, prefix: str) -> None:
        for name, module in model.named_modules(remove_duplicate=False):
            path = (prefix + name.replace(_COMPILED, "")).strip(".").removesuffix("_orig_mod")
            self._paths.setdefault(id(module), []).append(path.replace(".", "/"))

    def _note_tensors(self, model: Any, prefix: str) -> None:
        for found in (model.named_parameters, model.named_buffers):
            for name, tensor in found():
                self._labels.setdefault(id(tensor), prefix + name.replace(_COMPILED, ""))

    def _note_inputs(self) -> None:
        calls = self._calls[self._inputs_read :]
        self._inputs_read = len(self._calls)
        for module, args, kwargs in calls:
            for name, given in _bound(module, args, kwargs).items():
                tensors = list(tensors_in((given,)))
                for k, tensor in enumerate(tensors):
                    label = name if len(tensors) == 1 else f"{name}[{k}]"
                    self._labels.setdefault(id(tensor), label)


def _joined(outer: str, inner: str) -> str:
    return f"{outer}/{inner}" if outer else inner


def _bound(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return a call's arguments by name, as far as the code of ``forward`` tells."""
    code = getattr(module.forward, "__code__", None)
    if code is None:
        return dict(kwargs)
    return dict(zip(code.co_varnames[1 : code.co_argcount], args, strict=False)) | kwargs

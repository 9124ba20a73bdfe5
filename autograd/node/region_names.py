"""The names of regions: paths such as ``mlp/layer0``."""

from autograd.numbers.words import with_article


def region_inside(outer: str, name: str) -> str:
    """Return the path of a region inside another one; an empty step of a path counts for nothing.

    Examples
    --------
    >>> from autograd.node.region_names import region_inside
    >>> region_inside("mlp", "/layer0/")
    'mlp/layer0'
    """
    if not isinstance(name, str):
        raise TypeError(f"a region's name must be a str, got {with_article(name)}: {name!r}")
    return "/".join(filter(None, (outer, *name.split("/"))))

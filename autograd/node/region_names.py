"""The names of regions: paths such as ``mlp/layer0``."""


def region_inside(outer: str, name: str) -> str:
    """Return the path of a region inside another one; an empty step of a path counts for nothing.

    Examples
    --------
    >>> from autograd.node.region_names import region_inside
    >>> region_inside("mlp", "/layer0/")
    'mlp/layer0'
    """
    if not isinstance(name, str):
        raise TypeError(f"a region's name must be a str, got {type(name).__name__}: {name!r}")
    return "/".join(filter(None, (outer, *name.split("/"))))

"""NumPy's functions that are written in ops: loaded when NumPy first calls one on a node."""

from importlib import import_module

for _module in (
    "arranging", "averages", "calculus", "choosing", "grids", "masked", "moving", "number_parts",
    "ordering", "plain_answers", "polynomials", "skipping_nan", "vector_products",
):  # fmt: skip
    import_module(f"{__name__}.{_module}")

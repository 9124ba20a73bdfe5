"""The name of HIPS autograd's wrapper of NumPy, which whoever imports it here is told about."""

raise ImportError(
    "autograd.numpy is of HIPS autograd, a package of the same name; the one installed here is "
    "Glassgrad's. Import numpy itself: its functions are recorded when they are called on a Value "
    "or a Tensor. Programs of HIPS autograd need an environment of their own"
)

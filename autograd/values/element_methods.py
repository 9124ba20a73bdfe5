"""Methods of Values and Tensors alike that are named after elementwise ops.

They are written out, not generated, so that editors and type checkers see them. A Tensor's methods
on whole arrays are in ``array_methods.py``, the operators in ``operators.py``.
"""

from __future__ import annotations

from typing import Any

from autograd.node.node import Node
from autograd.ops import activation, arithmetic, exponential, trigonometric


class ElementMethods(Node):
    """Methods named after the functions in ``autograd`` that they call."""

    __slots__ = ()

    # Signs and roundings -------------------------------------------------------------------

    def abs(self) -> Any:
        """|x|, with slope 0 at 0."""
        return arithmetic.abs(self)

    def sign(self) -> Any:
        """−1, 0 or 1, as x is negative, zero or positive."""
        return arithmetic.sign(self)

    def floor(self) -> Any:
        """The largest whole number not above x."""
        return arithmetic.floor(self)

    def ceil(self) -> Any:
        """The smallest whole number not below x."""
        return arithmetic.ceil(self)

    def round(self) -> Any:
        """The nearest whole number; halves go to the even one."""
        return arithmetic.round(self)

    def clip(self, lo: float | None = None, hi: float | None = None) -> Any:
        """The number held between two bounds; None is no bound."""
        return arithmetic.clip(self, lo, hi)

    def maximum(self, other: Any) -> Any:
        """The larger of two; a tie shares the gradient."""
        return arithmetic.maximum(self, other)

    def minimum(self, other: Any) -> Any:
        """The smaller of two; a tie shares the gradient."""
        return arithmetic.minimum(self, other)

    # Powers, exponentials and logarithms ---------------------------------------------------

    def pow(self, exponent: Any) -> Any:
        """xʸ, what ``x ** exponent`` is."""
        return arithmetic.pow(self, exponent)

    def square(self) -> Any:
        """x²"""
        return arithmetic.square(self)

    def reciprocal(self) -> Any:
        """1/x"""
        return arithmetic.reciprocal(self)

    def sqrt(self) -> Any:
        """√x"""
        return exponential.sqrt(self)

    def cbrt(self) -> Any:
        """∛x, negative for a negative x."""
        return exponential.cbrt(self)

    def exp(self) -> Any:
        """eˣ"""
        return exponential.exp(self)

    def exp2(self) -> Any:
        """2ˣ"""
        return exponential.exp2(self)

    def expm1(self) -> Any:
        """eˣ − 1, accurate near 0."""
        return exponential.expm1(self)

    def log(self) -> Any:
        """The natural logarithm."""
        return exponential.log(self)

    def log2(self) -> Any:
        """The logarithm to base 2."""
        return exponential.log2(self)

    def log10(self) -> Any:
        """The logarithm to base 10."""
        return exponential.log10(self)

    def log1p(self) -> Any:
        """log(1 + x), accurate near 0."""
        return exponential.log1p(self)

    def erf(self) -> Any:
        """The error function."""
        return exponential.erf(self)

    def erfc(self) -> Any:
        """1 − erf(x), accurate where erf(x) is near 1."""
        return exponential.erfc(self)

    # Trigonometric and hyperbolic functions ------------------------------------------------

    def sin(self) -> Any:
        """The sine of an angle in radians."""
        return trigonometric.sin(self)

    def cos(self) -> Any:
        """The cosine of an angle in radians."""
        return trigonometric.cos(self)

    def tan(self) -> Any:
        """The tangent of an angle in radians."""
        return trigonometric.tan(self)

    def asin(self) -> Any:
        """The angle in [−π/2, π/2] whose sine is x."""
        return trigonometric.asin(self)

    def acos(self) -> Any:
        """The angle in [0, π] whose cosine is x."""
        return trigonometric.acos(self)

    def atan(self) -> Any:
        """The angle in [−π/2, π/2] whose tangent is x."""
        return trigonometric.atan(self)

    def sinc(self) -> Any:
        """sin(πx)/(πx), 1 at 0."""
        return trigonometric.sinc(self)

    def sinh(self) -> Any:
        """(eˣ − e⁻ˣ)/2"""
        return trigonometric.sinh(self)

    def cosh(self) -> Any:
        """(eˣ + e⁻ˣ)/2"""
        return trigonometric.cosh(self)

    def tanh(self) -> Any:
        """(eˣ − e⁻ˣ)/(eˣ + e⁻ˣ)"""
        return trigonometric.tanh(self)

    def asinh(self) -> Any:
        """The number whose sinh is x."""
        return trigonometric.asinh(self)

    def acosh(self) -> Any:
        """The number from 0 up whose cosh is x."""
        return trigonometric.acosh(self)

    def atanh(self) -> Any:
        """The number whose tanh is x."""
        return trigonometric.atanh(self)

    # Activations ---------------------------------------------------------------------------

    def relu(self, at_zero: float = 0) -> Any:
        """max(x, 0), with slope ``at_zero`` at 0."""
        return activation.relu(self, at_zero=at_zero) if at_zero else activation.relu(self)

    def leaky_relu(self, slope: float = 0.01) -> Any:
        """max(x, 0) + slope·min(x, 0)"""
        return activation.leaky_relu(self, slope=slope)

    def elu(self, alpha: float = 1.0) -> Any:
        """max(x, 0) + α·min(eˣ − 1, 0)"""
        return activation.elu(self, alpha=alpha)

    def selu(self) -> Any:
        """The elu that keeps mean 0 and variance 1."""
        return activation.selu(self)

    def celu(self, alpha: float = 1.0) -> Any:
        """max(x, 0) + α·min(e^(x/α) − 1, 0)"""
        return activation.celu(self, alpha=alpha)

    def gelu(self, approximate: str = "none") -> Any:
        """Φ(x)·x; ``approximate`` is "none" or "tanh"."""
        return activation.gelu(self, approximate=approximate)

    def silu(self) -> Any:
        """σ(x)·x, also called swish."""
        return activation.silu(self)

    def mish(self) -> Any:
        """tanh(softplus(x))·x"""
        return activation.mish(self)

    def sigmoid(self) -> Any:
        """1/(1 + e⁻ˣ)"""
        return activation.sigmoid(self)

    def logsigmoid(self) -> Any:
        """The logarithm of σ(x)."""
        return activation.logsigmoid(self)

    def softplus(self, beta: float = 1.0) -> Any:
        """log(1 + e^(βx))/β"""
        return activation.softplus(self, beta=beta)

    def softsign(self) -> Any:
        """x/(1 + |x|)"""
        return activation.softsign(self)

    def hardtanh(self, lo: float = -1, hi: float = 1) -> Any:
        """The number held between ``lo`` and ``hi``."""
        return activation.hardtanh(self, lo=lo, hi=hi)

    def heaviside(self, at_zero: float = 0) -> Any:
        """1 above zero, 0 below, ``at_zero`` at zero."""
        return activation.heaviside(self, at_zero=at_zero)

    def threshold(self, at: float = 0, value: float = 0) -> Any:
        """The number where it is above ``at``, else ``value``."""
        return activation.threshold(self, at=at, value=value)

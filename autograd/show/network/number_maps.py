"""Arrays of numbers as small images, a square of dots for each: PNG files."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

from autograd.show.network.network import Floats
from autograd.show.theme import LIGHT, channels

LEVELS = 8  # shades of each sign
MOST_DOTS = 256  # on a side: of larger matrices, a dot is the largest of a few numbers
DOTS = 96  # an image is made at least so wide, so that no viewer blurs it
PAPER, WRONG = (255, 255, 255), channels(LIGHT.wrong)  # zero; nan and ±inf
WEIGHTS = channels(LIGHT.positive), channels(LIGHT.negative)
GRADIENTS = (0x5B, 0x2A, 0x86), (0x1B, 0x7A, 0x4B)
INK = channels(LIGHT.ink), channels(LIGHT.negative)

Colour = tuple[int, int, int]


def number_map(numbers: Floats, colours: tuple[Colour, Colour], largest: float) -> bytes:
    """Return a PNG file of a matrix.

    Parameters
    ----------
    numbers : array of shape (rows, columns)
        What isn't finite is red. Above 256 rows or columns, a dot is the number with the largest
        absolute value of a few.
    colours : pair of colours
        For the largest positive number, and for the largest negative one; zero is white.
    largest : float
        The |number| that has the full colour.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd.show.network.number_maps import WEIGHTS, number_map
    >>> number_map(np.eye(2), WEIGHTS, 1.0)[1:4]
    b'PNG'
    """
    numbers = _pooled(numbers)
    with np.errstate(invalid="ignore"):
        share = np.clip(numbers / (largest or 1.0), -1, 1)
    finite = np.isfinite(numbers)
    level = np.where(finite, np.sign(share) * np.ceil(np.abs(share) * LEVELS), 0).astype(np.int64)
    index = np.where(finite, level + LEVELS, 2 * LEVELS + 1).astype(np.uint8)
    scale = -(-DOTS // max(index.shape))
    return _png(index.repeat(scale, 0).repeat(scale, 1), _palette(*colours))


def _pooled(numbers: Floats) -> Floats:
    """Return the number with the largest absolute value of each block; nan is the largest."""
    side = -(-max(numbers.shape) // MOST_DOTS)
    if side == 1:
        return numbers
    spare = [(0, -n % side) for n in numbers.shape]
    padded = np.pad(numbers, spare)
    rows, columns = (n // side for n in padded.shape)
    blocks = padded.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(rows, columns, -1)
    place = np.nan_to_num(np.abs(blocks), nan=np.inf).argmax(axis=2)
    found: Floats = np.take_along_axis(blocks, place[..., None], axis=2)[..., 0]
    return found


def largest_of(*arrays: Floats | None) -> float:
    """Return the largest |number| of arrays that is finite; 0 if there is none."""
    finite = [np.abs(a[np.isfinite(a)]) for a in arrays if a is not None]
    return max((float(a.max(initial=0.0)) for a in finite), default=0.0)


def _palette(positive: Colour, negative: Colour) -> list[Colour]:
    def shades(colour: Colour) -> list[Colour]:
        shares = (0.12 + 0.88 * k / LEVELS for k in range(1, LEVELS + 1))
        return [_between(PAPER, colour, share) for share in shares]

    return [*reversed(shades(negative)), PAPER, *shades(positive), WRONG]


def _between(start: Colour, end: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue


def _png(index: npt.NDArray[np.uint8], palette: list[Colour]) -> bytes:
    """Return a PNG file of places in a palette (PNG specification, third edition, 11.2)."""
    height, width = index.shape
    rows = np.column_stack([np.zeros(height, np.uint8), index])  # each begins with its filter
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(part for colour in palette for part in colour)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

"""The colours of a drawing.

All text stands on a fill of its own, so a picture can be read on white and on black.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from autograd.show.picture import Kind

FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of one kind of box."""

    fill: str
    stroke: str
    strip: str  # behind the operand slots and the header


@dataclass(frozen=True, slots=True)
class Theme:
    """All colours of a picture."""

    looks: dict[Kind, Look]
    ink: str = "#1b2733"
    faint: str = "#5f6c7b"
    gradient: str = "#b23c17"
    wrong: str = "#e00038"
    line: str = "#8794a5"
    constant_line: str = "#a9b3bf"
    chip: str = "#ffffff"
    chip_stroke: str = "#c9d1db"
    region: str = "#7b8798"
    plus: str = "#c2451c"  # of a heat strip
    minus: str = "#2f6fc4"
    positive: str = "#1f6fb4"  # of a weight's line: these two are apart for colour-blind people
    negative: str = "#d9660b"
    weight_gradient: str = "#451a70"
    caption: str = "#fff8e1"
    caption_stroke: str = "#d9b65c"

    def flowing(self, share: float) -> str:
        """Return the colour of a line along which that much gradient flows."""
        if self.line.startswith("var("):
            return self.gradient if share > 0.5 else self.line
        return "#" + "".join(
            f"{round(x + (y - x) * share):02x}"
            for x, y in zip(channels(self.line), channels(self.gradient), strict=True)
        )


def channels(colour: str) -> tuple[int, int, int]:
    """Return a colour's red, green and blue, from 0 to 255."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


LIGHT = Theme(
    {
        Kind.VARIABLE: Look("#fff6dc", "#d29a1e", "#fbe3a4"),
        Kind.CONSTANT: Look("#eef0f3", "#b3bcc8", "#dfe3e9"),
        Kind.OPERATION: Look("#ffffff", "#4f7cb8", "#dce8f7"),
        Kind.FOLD: Look("#f4effb", "#8566b8", "#e2d6f3"),
        Kind.PORT: Look("#f3f7f6", "#5d8f86", "#d5e6e2"),
    }
)

DARK = Theme(
    {
        Kind.VARIABLE: Look("#3a3019", "#d9a93b", "#574620"),
        Kind.CONSTANT: Look("#2a3038", "#66717f", "#39414c"),
        Kind.OPERATION: Look("#1c2733", "#6f9fdc", "#2a3d54"),
        Kind.FOLD: Look("#2b2440", "#a48bd6", "#3e3459"),
        Kind.PORT: Look("#1d2b2a", "#7fb3a9", "#2d4441"),
    },
    ink="#e8edf3",
    faint="#a3b0bf",
    gradient="#ff9d73",
    wrong="#ff5277",
    line="#7d8b9c",
    constant_line="#566270",
    chip="#141b23",
    chip_stroke="#3a4654",
    region="#93a1b3",
    plus="#ff9d73",
    minus="#7fb2f5",
    positive="#4a9be6",
    negative="#f08c3c",
    weight_gradient="#e2c6ff",
    caption="#38321f",
    caption_stroke="#8a7434",
)


def variables(theme: Theme) -> dict[str, str]:
    """Return every colour under a name that a style sheet can give it.

    Examples
    --------
    >>> from autograd.show.theme import LIGHT, variables
    >>> variables(LIGHT)["operation-stroke"]
    '#4f7cb8'
    """
    plain = {f.name: getattr(theme, f.name) for f in fields(theme) if f.name != "looks"}
    kinds = {
        f"{kind}-{part.name}": getattr(look, part.name)
        for kind, look in theme.looks.items()
        for part in fields(look)
    }
    return {name.replace("_", "-"): colour for name, colour in (plain | kinds).items()}


def declarations(theme: Theme) -> str:
    """Return the colours as CSS custom properties."""
    return "".join(f"--{name}:{colour};" for name, colour in variables(theme).items())


def _named(theme: Theme) -> Theme:
    """Return the theme whose colours are the names of those of ``theme``, for a style sheet."""
    looks = {
        kind: Look(*(f"var(--{kind}-{part.name})" for part in fields(look)))
        for kind, look in theme.looks.items()
    }
    names = [f.name for f in fields(theme) if f.name != "looks"]
    return Theme(looks, **{name: f"var(--{name.replace('_', '-')})" for name in names})


def _auto_style(selector: str) -> str:
    """Return the rules by which what a selector selects follows the reader's system."""
    return (
        f"{selector}{{{declarations(LIGHT)}}}"
        f"@media(prefers-color-scheme:dark){{{selector}{{{declarations(DARK)}}}}}"
    )


NAMED = _named(LIGHT)
AUTO_STYLE = _auto_style(":root")  # of a page of its own
OWN_CLASS = "glassgrad"  # of an SVG that may be put into another's page
OWN_STYLE = _auto_style(f".{OWN_CLASS}")
THEMES = {"light": LIGHT, "dark": DARK, "auto": LIGHT}  # "auto" where a form has one look only

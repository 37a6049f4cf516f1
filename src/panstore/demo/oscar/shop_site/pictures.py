"""Product pictures drawn by code: a simple thing on a calm ground, one look per category."""

import colorsys
import hashlib
import io
from collections.abc import Callable

from PIL import Image, ImageDraw

SIZE = 480
_SCALE = 2  # drawn larger and shrunk, for smooth edges
_Color = tuple[int, int, int]
_Draw = ImageDraw.ImageDraw

_INK: _Color = (62, 58, 54)
_LIGHT: _Color = (252, 250, 246)


def picture(category: str, code: str) -> bytes:
    """A PNG for one product; the same for the same arguments.

    Args:
        category: Path of the category; its last part chooses the thing drawn.
        code: Product code; it varies the colour a little.
    """
    hue, draw_thing = _LOOKS.get(category, (0.1, _parcel))
    shift = int(hashlib.sha256(code.encode()).hexdigest()[:4], 16) / 65535 - 0.5
    hue = (hue + shift * 0.07) % 1
    side = SIZE * _SCALE
    image = Image.new("RGB", (side, side), _color(hue, 0.16, 0.95))
    draw = ImageDraw.Draw(image)
    _ellipse(draw, (12, 12, 88, 88), _color(hue, 0.11, 0.985))
    _ellipse(draw, (26, 76, 74, 84), _color(hue, 0.20, 0.90))
    draw_thing(draw, _color(hue + shift * 0.02, 0.50, 0.70), _color(hue, 0.55, 0.48))
    shrunk = image.reduce(_SCALE)
    stored = io.BytesIO()
    shrunk.quantize(64).save(stored, "PNG")
    return stored.getvalue()


def _color(hue: float, saturation: float, value: float) -> _Color:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _at(*values: float) -> list[float]:
    """Per cent of the picture's side to pixels."""
    return [value * SIZE * _SCALE / 100 for value in values]


def _ellipse(draw: _Draw, box: tuple[float, float, float, float], fill: _Color) -> None:
    draw.ellipse(_at(*box), fill=fill)


def _box(
    draw: _Draw, box: tuple[float, float, float, float], fill: _Color, round_by: float = 3
) -> None:
    draw.rounded_rectangle(_at(*box), radius=_at(round_by)[0], fill=fill)


def _shape(draw: _Draw, points: list[tuple[float, float]], fill: _Color) -> None:
    draw.polygon([tuple(_at(*point)) for point in points], fill=fill)


def _line(draw: _Draw, points: list[tuple[float, float]], fill: _Color, width: float) -> None:
    draw.line(
        [tuple(_at(*point)) for point in points], fill=fill, width=int(_at(width)[0]), joint="curve"
    )


def _leaf(draw: _Draw, x: float, y: float, size: float, fill: _Color, vein: _Color) -> None:
    _shape(
        draw,
        [
            (x, y),
            (x + size * 0.30, y - size * 0.22),
            (x + size * 0.72, y - size * 0.26),
            (x + size, y - size * 0.62),
            (x + size * 0.78, y - size * 0.86),
            (x + size * 0.36, y - size * 0.78),
            (x + size * 0.06, y - size * 0.42),
        ],
        fill,
    )
    _line(
        draw,
        [(x, y), (x + size * 0.45, y - size * 0.42), (x + size * 0.82, y - size * 0.7)],
        vein,
        0.8,
    )


def _bean(draw: _Draw, x: float, y: float, width: float, fill: _Color, seam: _Color) -> None:
    height = width * 1.35
    _ellipse(draw, (x, y, x + width, y + height), fill)
    draw.arc(
        _at(x + width * 0.22, y - height * 0.08, x + width * 1.02, y + height * 0.58),
        110,
        200,
        fill=seam,
        width=int(_at(1.3)[0]),
    )
    draw.arc(
        _at(x - width * 0.02, y + height * 0.42, x + width * 0.78, y + height * 1.08),
        290,
        20,
        fill=seam,
        width=int(_at(1.3)[0]),
    )


def _pouch(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _shape(draw, [(32, 28), (68, 28), (71, 80), (29, 80)], fill)
    _box(draw, (31, 22, 69, 30), dark, 1.5)
    _box(draw, (37, 42, 63, 68), _LIGHT, 2)


def _coffee_beans(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _pouch(draw, fill, dark)
    _bean(draw, 44, 46, 12, dark, _LIGHT)


def _ground_coffee(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _pouch(draw, fill, dark)
    _shape(draw, [(41, 62), (50, 48), (59, 62)], dark)
    _ellipse(draw, (41, 59, 59, 65), dark)


def _capsules(draw: _Draw, fill: _Color, dark: _Color) -> None:
    for x, y, color in ((22, 50, fill), (51, 50, dark), (36, 26, fill)):
        _shape(draw, [(x + 3, y), (x + 23, y), (x + 27, y + 24), (x, y + 24)], color)
        _box(draw, (x - 2, y + 23, x + 29, y + 28), _INK if color == dark else dark, 2)
        _ellipse(draw, (x + 3, y - 3, x + 23, y + 3), _LIGHT)


def _tea(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _pouch(draw, fill, dark)
    _leaf(draw, 40, 64, 20, dark, _LIGHT)


def _herbs(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _line(draw, [(50, 80), (50, 30)], dark, 1.6)
    for x, y, size in ((50, 74, 24), (50, 58, 22), (50, 42, 18)):
        _leaf(draw, x, y, size, fill, _LIGHT)
        draw_mirrored = [
            (x, y - 4),
            (x - size * 0.5, y - size * 0.3),
            (x - size, y - size * 0.7),
            (x - size * 0.7, y - size * 0.9),
            (x - size * 0.2, y - size * 0.6),
        ]
        _shape(draw, draw_mirrored, dark)
    _ellipse(draw, (44, 18, 56, 30), fill)


def _honey_jar(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _box(draw, (30, 34, 70, 80), fill, 7)
    _box(draw, (33, 22, 67, 34), dark, 3)
    _box(draw, (36, 46, 64, 68), _LIGHT, 3)
    _shape(draw, [(50, 50), (56, 53.5), (56, 60.5), (50, 64), (44, 60.5), (44, 53.5)], fill)


def _bottle(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _box(draw, (37, 40, 63, 80), fill, 6)
    _shape(draw, [(45, 24), (55, 24), (61, 44), (39, 44)], fill)
    _box(draw, (44, 15, 56, 25), dark, 2)
    _box(draw, (40, 52, 60, 70), _LIGHT, 2)
    _ellipse(draw, (46, 56, 54, 66), dark)


def _cup(draw: _Draw, fill: _Color, dark: _Color) -> None:
    draw.ellipse(_at(58, 40, 80, 66), outline=fill, width=int(_at(4)[0]))
    _shape(draw, [(26, 36), (68, 36), (62, 74), (32, 74)], fill)
    _ellipse(draw, (26, 31, 68, 41), dark)
    _ellipse(draw, (22, 72, 72, 80), dark)
    for x in (38, 47, 56):
        _line(draw, [(x, 27), (x + 2, 22), (x - 1, 17), (x + 1, 12)], dark, 1.2)


def _textile(draw: _Draw, fill: _Color, dark: _Color) -> None:
    for y, color in ((60, dark), (46, fill), (32, dark)):
        _box(draw, (24, y, 76, y + 18), color, 5)
        _line(draw, [(30, y + 12), (70, y + 12)], _LIGHT, 0.9)


def _candle(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _box(draw, (36, 40, 64, 80), fill, 3)
    _ellipse(draw, (36, 36, 64, 46), dark)
    _line(draw, [(50, 41), (50, 32)], _INK, 1)
    _shape(draw, [(50, 12), (56, 26), (50, 34), (44, 26)], (247, 190, 84))
    _ellipse(draw, (44.5, 22, 55.5, 34), (247, 190, 84))
    _ellipse(draw, (47.5, 26, 52.5, 33), _LIGHT)


def _soil(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _box(draw, (28, 26, 72, 80), fill, 5)
    _box(draw, (28, 26, 72, 34), dark, 3)
    _ellipse(draw, (37, 42, 63, 68), _LIGHT)
    _line(draw, [(50, 64), (50, 50)], dark, 1.4)
    _leaf(draw, 50, 56, 10, dark, _LIGHT)
    _shape(draw, [(50, 58), (43, 56), (40, 50), (46, 50)], dark)


def _seeds(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _box(draw, (31, 20, 69, 80), _LIGHT, 2)
    _box(draw, (31, 20, 69, 32), fill, 2)
    _line(draw, [(50, 72), (50, 52)], dark, 1.4)
    for x, y in ((50, 40), (41, 46), (59, 46), (44, 56), (56, 56)):
        _ellipse(draw, (x - 5, y - 5, x + 5, y + 5), fill)
    _ellipse(draw, (45, 43, 55, 53), dark)


def _tool(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _box(draw, (46.5, 16, 53.5, 46), dark, 3)
    _line(draw, [(50, 44), (50, 54)], _INK, 2.4)
    _shape(draw, [(38, 52), (62, 52), (61, 66), (50, 82), (39, 66)], fill)
    _line(draw, [(50, 56), (50, 74)], _LIGHT, 1)


def _pot(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _line(draw, [(50, 48), (50, 24)], (96, 140, 92), 1.8)
    _leaf(draw, 50, 42, 20, (112, 160, 104), _LIGHT)
    _shape(draw, [(50, 44), (34, 38), (28, 24), (42, 27)], (96, 140, 92))
    _shape(draw, [(32, 54), (68, 54), (63, 80), (37, 80)], fill)
    _box(draw, (29, 46, 71, 56), dark, 2)


def _parcel(draw: _Draw, fill: _Color, dark: _Color) -> None:
    _box(draw, (26, 32, 74, 78), fill, 3)
    _box(draw, (45, 32, 55, 78), dark, 0)
    _box(draw, (26, 32, 74, 42), dark, 3)


_LOOKS: dict[str, tuple[float, Callable[[_Draw, _Color, _Color], None]]] = {
    "Kava > Zrna": (0.07, _coffee_beans),
    "Kava > Mleta": (0.05, _ground_coffee),
    "Kava > Kapsule": (0.03, _capsules),
    "Čaj > Zeleni in črni": (0.30, _tea),
    "Čaj > Zeliščni in sadni": (0.36, _herbs),
    "Shramba > Med in sladko": (0.12, _honey_jar),
    "Shramba > Olja in kis": (0.20, _bottle),
    "Dom > Priprava napitkov": (0.57, _cup),
    "Dom > Tekstil": (0.62, _textile),
    "Dom > Sveče in dišave": (0.90, _candle),
    "Vrt > Zemlja in nega": (0.25, _soil),
    "Vrt > Semena": (0.14, _seeds),
    "Vrt > Orodje": (0.45, _tool),
    "Vrt > Lonci": (0.04, _pot),
}

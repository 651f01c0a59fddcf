"""The pictures of the demonstration's catalogue, drawn when they are asked for."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

_SIDE = 480
_GROUND = "#f4f2ee"
_FINER = 2
"""Drawn so much larger, so that edges are smooth once it is made smaller."""


def picture(name: str, goods: int, colour: str, view: int) -> bytes:
    """Draw goods on a plain ground as a PNG, as a seller would show them.

    Args:
        name: what stands below.
        goods: which of the six.
        colour: of their main part, as CSS has it.
        view: 0 whole, 1 from the other side, 2 close up.
    """
    image = Image.new("RGB", (_SIDE * _FINER, _SIDE * _FINER), _GROUND)
    draw = ImageDraw.Draw(image)
    draw.ellipse(_finer((90, 384), (390, 416)), fill="#dedad2")
    for kind, places, shade in _SHAPES[goods]:
        fill = {"main": colour, "dark": "#26282d", "light": "#fbfaf7", "ground": _GROUND}[shade]
        mirrored = [(_SIDE - x if view == 1 else x, y) for x, y in places]
        if kind == "polygon":
            draw.polygon(_finer(*mirrored), fill=fill)
            continue
        (left, top), (right, bottom) = mirrored
        box = _finer((min(left, right), top), (max(left, right), bottom))
        draw.ellipse(box, fill=fill) if kind == "ellipse" else draw.rounded_rectangle(box, 18 * _FINER, fill=fill)
    written_in = ImageFont.load_default(18 * _FINER)
    draw.text((_SIDE // 2 * _FINER, 444 * _FINER), name.upper(), "#8b867c", written_in, anchor="mm")
    if view == 2:
        image = image.crop((120 * _FINER, 120 * _FINER, 360 * _FINER, 360 * _FINER))
    png = BytesIO()
    image.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS).save(png, "PNG")
    return png.getvalue()


def _finer(*places: tuple[int, int]) -> tuple[int, ...]:
    return tuple(part * _FINER for place in places for part in place)


_Shape = tuple[str, tuple[tuple[int, int], ...], str]
_SHAPES: tuple[tuple[_Shape, ...], ...] = (
    (
        ("polygon", ((80, 330), (90, 210), (180, 190), (250, 250), (390, 300), (405, 345), (80, 350)), "main"),
        ("box", ((72, 340), (410, 382)), "dark"),
        ("polygon", ((196, 222), (222, 206), (262, 252), (238, 266)), "light"),
        ("polygon", ((108, 240), (150, 230), (150, 320), (102, 324)), "light"),
    ),
    (
        ("ellipse", ((150, 70), (330, 300)), "dark"),
        ("ellipse", ((170, 92), (310, 300)), "light"),
        ("box", ((100, 190), (380, 386)), "main"),
        ("box", ((100, 190), (380, 250)), "dark"),
        ("ellipse", ((222, 236), (258, 272)), "light"),
    ),
    (
        ("box", ((150, 356), (330, 390)), "dark"),
        ("polygon", ((226, 366), (246, 366), (310, 190), (292, 182)), "dark"),
        ("polygon", ((292, 186), (308, 194), (222, 112), (208, 124)), "dark"),
        ("polygon", ((120, 196), (196, 90), (256, 132), (206, 236)), "main"),
        ("ellipse", ((138, 178), (204, 244)), "light"),
    ),
    (
        ("box", ((120, 70), (360, 390)), "dark"),
        ("box", ((132, 82), (348, 378)), "light"),
        ("ellipse", ((176, 118), (304, 246)), "main"),
        ("polygon", ((146, 350), (220, 250), (262, 308), (292, 276), (334, 350)), "dark"),
    ),
    (
        ("ellipse", ((112, 80), (368, 360)), "dark"),
        ("ellipse", ((138, 106), (342, 380)), "ground"),
        ("box", ((92, 230), (176, 372)), "main"),
        ("box", ((304, 230), (388, 372)), "main"),
        ("box", ((150, 244), (186, 358)), "dark"),
        ("box", ((294, 244), (330, 358)), "dark"),
    ),
    (
        ("box", ((90, 210), (390, 340)), "main"),
        ("box", ((120, 130), (260, 230)), "main"),
        ("box", ((140, 150), (188, 206)), "light"),
        ("box", ((200, 150), (246, 206)), "light"),
        ("ellipse", ((120, 306), (200, 386)), "dark"),
        ("ellipse", ((280, 306), (360, 386)), "dark"),
    ),
)
"""A shoe, a bag, a lamp, a poster, headphones and a toy, as shapes one over the other."""

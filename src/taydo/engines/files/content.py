"""What a file really is, by its bytes; pictures are redrawn so that nothing hides in them, their place is read before it goes.

Only kinds on this list are kept. A web page, a script, a program or a drawing with script is refused whatever it is called.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import filetype
from PIL import ExifTags, Image, ImageOps

from taydo.kernel.errors import Problem, invalid

PICTURES = {"image/jpeg": ("jpg", "JPEG"), "image/png": ("png", "PNG"), "image/webp": ("webp", "WEBP")}
DOCUMENTS = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "text/plain": "txt",
}
TEXTS = {"txt", "csv", "tsv", "json", "geojson", "md", "log"}
MOST_PIXELS = 60_000_000
# Text that a browser or a shell would run.
_ACTIVE = re.compile(rb"^\s*(#!|<\?php|<!doctype|<html|<script|<svg|<\?xml|<body|<head|<iframe|<%)", re.I)


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes to keep with their type, file extension, and for pictures the size in pixels and the place where they were taken."""

    data: bytes
    type: str
    extension: str
    width: int | None = None
    height: int | None = None
    lon: float | None = None
    lat: float | None = None


def recognise(data: bytes, name: str) -> Content:
    """What the bytes are, made harmless. Raises 422 for an empty file, an unknown kind, or a broken picture."""
    if not data:
        raise invalid("file_empty", "Tệp trống.", "The file is empty.", field="file")
    found = filetype.guess(data[:8192])
    kind = found.mime if found else _text(data, name)
    if kind in PICTURES:
        return _picture(data, kind)
    if kind in DOCUMENTS:
        extension = name.rsplit(".", 1)[-1].lower() if "." in name else ""
        return Content(data, kind, extension if kind == "text/plain" and extension in TEXTS else DOCUMENTS[kind])
    raise refused_kind()


def refused_kind() -> Problem:
    """The 422 for a kind of file that is not kept."""
    return invalid(
        "file_kind",
        "Không nhận loại tệp này. Hãy gửi ảnh (JPEG, PNG, WebP), PDF, văn bản Word/Excel, âm thanh, video MP4 hoặc văn bản thường.",
        "This kind of file is not taken. Send a picture (JPEG, PNG, WebP), PDF, Word/Excel document, sound, MP4 video or plain text.",
        field="file",
    )


def _text(data: bytes, name: str) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else "txt"
    return (
        "text/plain"
        if extension in TEXTS and b"\0" not in data and not _ACTIVE.match(data.lstrip(b"\xef\xbb\xbf"))
        else ""
    )


def _picture(data: bytes, kind: str) -> Content:
    """Redraw a picture upright and without any metadata; its place comes along as numbers."""
    extension, form = PICTURES[kind]
    try:
        with Image.open(io.BytesIO(data), formats=[form]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise invalid(
                    "picture_too_big", "Ảnh có quá nhiều điểm ảnh.", "The picture has too many pixels.", field="file"
                )
            lon, lat = _place(picture.getexif())
            upright = ImageOps.exif_transpose(picture)
            if form == "JPEG" and upright.mode not in ("RGB", "L"):
                upright = upright.convert("RGB")
            drawn = Image.new(upright.mode, upright.size)
            if upright.mode == "P" and (palette := upright.getpalette()):
                drawn.putpalette(palette)
            drawn.paste(upright)
            transparency = upright.info.get("transparency")
            extra = {"transparency": transparency} if form == "PNG" and transparency is not None else {}
            out = io.BytesIO()
            drawn.save(out, form, **({"quality": 90} if form != "PNG" else extra))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise invalid(
            "picture_broken", "Ảnh bị hỏng, không mở được.", "The picture is broken and cannot be opened.", field="file"
        ) from error
    return Content(out.getvalue(), kind, extension, drawn.width, drawn.height, lon, lat)


def _place(exif: Image.Exif) -> tuple[float | None, float | None]:
    """Longitude and latitude in degrees (WGS 84) from a picture's EXIF, or two None."""
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    try:
        lat, lon = (
            (1 if str(gps[tag]).upper() in ("N", "E") else -1)
            * sum(float(part) / 60**power for power, part in enumerate(gps[tag + 1]))
            for tag in (ExifTags.GPS.GPSLatitudeRef, ExifTags.GPS.GPSLongitudeRef)
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None, None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else (None, None)

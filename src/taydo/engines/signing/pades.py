"""PAdES B-T on PDFs, made and examined; plain functions around pyHanko (ETSI EN 319 142). Nothing here knows the database.

A signature is always time-stamped: without an answer of the time-stamping authority there is none (B-B is never sold as B-T).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from asn1crypto import x509
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, fields
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator import ValidationContext

LETTERS = "/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf"
"""The letters of visible signatures."""
T = TypeVar("T")
_HARMLESS = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signature is seen: page (from 0, -1 the last) and its box in points from the lower left."""

    page: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """One signature of a PDF as found: whose, whether the covered bytes are whole, whether its chain ends at a trust anchor, when.

    `whole`: neither the covered bytes nor, by what came after, the document's meaning has changed. `stamped_at`: by a time stamp that holds.
    """

    field: str
    signer: str
    whole: bool
    trusted: bool
    stamped_at: dt.datetime | None
    reason: str

    @property
    def good(self) -> bool:
        """Everything holds."""
        return self.whole and self.trusted and self.stamped_at is not None


@dataclass(frozen=True, slots=True)
class Examination:
    """What a PDF says of its signatures; `readable` False when it is no PDF at all."""

    readable: bool
    signatures: tuple[Seen, ...] = ()

    @property
    def good(self) -> bool:
        """There are signatures and every one holds."""
        return bool(self.signatures) and all(one.good for one in self.signatures)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do asynchronous work from synchronous code, whether or not a loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def sign(
    pdf: bytes, signer: Signer, timestamper: TimeStamper, *, field: str, name: str, reason: str = "", location: str = "",
    place: Place | None = None, words: str = "",
) -> bytes:  # fmt: skip
    """The PDF with one more PAdES B-T signature, added as an incremental update so that earlier ones stay whole.

    `field`: its name, new in this PDF; `words`: what the visible signature says (with `place`). Raises pyHanko's SigningError, or whatever
    the time stamper or the remote signer raises.
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    box = place.box if place else None
    spec = fields.SigFieldSpec(field, box=box, on_page=place.page if place else 0)
    meta = PdfSignatureMetadata(
        field_name=field, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, name=name, reason=reason or None,
        location=location or None,
    )  # fmt: skip
    style = _style(words) if place and words else None
    out = io.BytesIO()
    maker = PdfSigner(meta, signer, timestamper=timestamper, stamp_style=style, new_field_spec=spec)

    async def work() -> None:
        await maker.async_sign_pdf(writer, output=out)

    run(work())
    return out.getvalue()


def _style(words: str) -> TextStampStyle:
    return TextStampStyle(
        stamp_text=words.replace("%", "%%"), border_width=1, border_color=(0.75, 0.1, 0.1), background=None,
        text_box_style=TextBoxStyle(font=GlyphAccumulatorFactory(LETTERS), font_size=9, text_color=(0.6, 0.05, 0.05)),
    )  # fmt: skip


def examine(pdf: bytes, anchors: Sequence[x509.Certificate]) -> Examination:
    """Every signature of a PDF, oldest first, judged with these trust anchors at the time their time stamps give."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        found = list(reader.embedded_regular_signatures)
    except (PdfReadError, ValueError, KeyError, TypeError, AssertionError, IndexError):
        return Examination(False)
    return Examination(True, tuple(_seen(one, anchors) for one in found))


def _seen(embedded: Any, anchors: Sequence[x509.Certificate]) -> Seen:
    async def work() -> Any:
        context = ValidationContext(trust_roots=list(anchors), allow_fetching=False, revocation_mode="soft-fail")
        return await async_validate_pdf_signature(embedded, context, context)

    name = str(embedded.field_name)
    try:
        status = run(work())
    except Exception as error:  # a broken signature is a finding, whatever it breaks
        return Seen(name, _subject(embedded), False, False, None, type(error).__name__)
    stamp = status.timestamp_validity
    stamped = stamp.timestamp if stamp is not None and stamp.valid and stamp.intact and stamp.trusted else None
    level = status.modification_level
    whole = bool(status.intact and status.valid and status.docmdp_ok is not False and level in (None, *_HARMLESS))
    return Seen(
        name, _subject(embedded), whole, bool(status.trusted), stamped, "" if status.bottom_line else status.summary()
    )


def _subject(embedded: Any) -> str:
    try:
        return str(embedded.signer_cert.subject.native.get("common_name", embedded.signer_cert.subject.human_friendly))
    except Exception:
        return ""

"""PAdES B-T on PDFs, made and examined; plain functions around pyHanko (ETSI EN 319 142). Nothing here knows the database.

A signature is always time-stamped: without an answer of the time-stamping authority there is none (B-B is never sold as B-T).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import io
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from asn1crypto import cms, x509
from PIL import Image
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, fields
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_cms import ExternalSigner, Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.stamp import BaseStampStyle, StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

RESERVED = 24 * 1024
"""Bytes kept free for a remote signature with its certificates and time stamp."""
T = TypeVar("T")
_HARMLESS = (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signature is seen: page (from 0, -1 the last) and its box in points from the lower left."""

    page: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """How a signature is seen: its place and a picture (PNG with its own transparency), so that what lies under it stays legible."""

    place: Place
    picture: bytes

    def style(self) -> BaseStampStyle:
        """The appearance, without border or ground."""
        picture = PdfImage(Image.open(io.BytesIO(self.picture)))
        return StaticStampStyle(border_width=0, background=picture, background_opacity=1)


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


def sign(pdf: bytes, signer: Signer, timestamper: TimeStamper, *, field: str, name: str, reason: str = "", look: Look | None = None) -> bytes:  # fmt: skip
    """The PDF with one more PAdES B-T signature, added as an incremental update so that earlier ones stay whole.

    `field`: its name, new in this PDF; `look`: how it is seen (none: not at all). Raises pyHanko's SigningError, or whatever the time stamper or
    the signer raises.
    """
    out = io.BytesIO()
    maker = _maker(signer, timestamper, field, name, reason, look)

    async def work() -> None:
        await maker.async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=out)

    run(work())
    return out.getvalue()


def _maker(signer: Signer, timestamper: TimeStamper | None, field: str, name: str, reason: str, look: Look | None) -> PdfSigner:  # fmt: skip
    place = look.place if look else None
    spec = fields.SigFieldSpec(field, box=place.box if place else None, on_page=place.page if place else 0)
    meta = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        name=name,
        reason=reason or None,
    )
    return PdfSigner(meta, signer, timestamper=timestamper, stamp_style=look.style() if look else None, new_field_spec=spec)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """A PDF that waits for a signature made elsewhere: `attributes` (DER) are what is signed, `digest` their SHA-256."""

    pdf: bytes
    start: int
    end: int
    covered: bytes
    attributes: bytes

    @property
    def digest(self) -> bytes:
        """What a remote key signs."""
        return hashlib.sha256(self.attributes).digest()


def prepare(pdf: bytes, chain: Sequence[x509.Certificate], *, field: str, name: str, reason: str = "", look: Look | None = None) -> Prepared:  # fmt: skip
    """All of a signature but the signature itself, so that the key may be far away and the process may die in between."""
    signer = _outside(chain, 512)
    maker = _maker(signer, None, field, name, reason, look)

    async def work() -> Prepared:
        covered, _, out = await maker.async_digest_doc_for_signing(IncrementalPdfFileWriter(io.BytesIO(pdf)), bytes_reserved=RESERVED)  # fmt: skip
        attributes = await signer.signed_attrs(covered.document_digest, "sha256", use_pades=True)
        out.seek(0)
        return Prepared(out.read(), covered.reserved_region_start, covered.reserved_region_end, covered.document_digest, attributes.dump())  # fmt: skip

    return run(work())


def finish(prepared: Prepared, chain: Sequence[x509.Certificate], signature: bytes, timestamper: TimeStamper) -> bytes:
    """The PDF with the signature that was made elsewhere, time-stamped."""
    signer = _outside(chain, signature)
    out = io.BytesIO(prepared.pdf)

    async def work() -> None:
        attributes = cms.CMSAttributes.load(prepared.attributes)
        made = await signer.async_sign_prescribed_attributes("sha256", attributes, timestamper=timestamper)
        PreparedByteRangeDigest(prepared.covered, prepared.start, prepared.end).fill_with_cms(out, made)

    run(work())
    return out.getvalue()


def _outside(chain: Sequence[x509.Certificate], signature: bytes | int) -> ExternalSigner:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko
    store.register_multiple(chain[1:])
    return ExternalSigner(chain[0], store, signature)


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

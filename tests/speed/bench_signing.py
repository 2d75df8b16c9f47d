"""Papers: rendered, signed, time-stamped and kept, beside pyHanko alone signing the same file with the same key and the same time-stamping authority."""

from __future__ import annotations

import io
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from sandbox.csc.provider import Provider

from taydo.engines.files import actions as files
from taydo.engines.printing import paper
from taydo.engines.signing import actions, keys
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.sealing import unseal

from .cost import result

PAPERS = 60
HOUSE = Viewer.system("bench")


def run() -> list[dict[str, Any]]:
    """Rows of the speed table."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    with tempfile.TemporaryDirectory() as folder, Provider(Path(folder)).run() as provider:
        os.environ["TAYDO_TSA_URL"], os.environ["TAYDO_TRUST"] = f"{provider.url}/tsa", str(Path(folder) / "root.pem")
        rows = _rows(provider)
        provider.shutdown()
    return rows


def _rows(provider: Provider) -> list[dict[str, Any]]:
    data = json.loads(paper.templates()["procedures/result"].with_suffix(".json").read_text("utf-8"))
    pdf = paper.render("procedures/result", data)
    printing = [
        _seconds(lambda at=at: paper.render("procedures/result", data | {"number": str(at)})) for at in range(100)
    ]
    seal = actions.demonstration_key("H13", "UBND thành phố")
    row = sql.row("SELECT certificate, secret FROM signing_key WHERE id = %(i)s", {"i": seal})
    assert row is not None
    signer = keys.signer_of({"provider": "local", "certificate": row["certificate"], "secret": unseal(row["secret"])})
    stamper = keys.Stamper(f"{provider.url}/tsa")

    def ours(at: int) -> None:
        code = actions.reserve()
        made = paper.render(
            "procedures/result", data | {"number": str(at), "verify": f"http://localhost/verify/{code}"}
        )
        kept = files.keep(HOUSE, io.BytesIO(made), "x.pdf", object_kind="bench", object_id=str(at), agency="H13")
        actions.request(HOUSE, kept.id, seal, purpose=("bench", at), title="Giấy", agency="H13", code=code, now=True)

    def bare(at: int) -> None:
        meta = PdfSignatureMetadata(field_name=f"S{at}", md_algorithm="sha256")
        PdfSigner(meta, signer, timestamper=stamper).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))

    for work in (ours, bare):
        work(9999)
    spent = time.process_time()
    whole = sum(_seconds(lambda at=at: ours(at)) for at in range(PAPERS))
    spent = (time.process_time() - spent) / PAPERS * 1000
    alone = sum(_seconds(lambda at=at: bare(at)) for at in range(PAPERS))
    done = sql.value("SELECT count(*) FROM signing_document")
    assert done >= PAPERS, done
    return [
        result("a paper printed", statistics.median(printing) * 1000, "ms", f"median of 100; PDF/A-2b, {len(pdf) // 1024} KiB", target="< 100"),
        result("signed papers a minute", PAPERS / whole * 60, "/min", "one process: printed, kept, sealed by a local RSA-2048 key, RFC 3161 over HTTP (sandbox,"
               " same machine), examined, kept, told; "
               f"{spent:.0f} CPU-ms each, the authority's too; load {os.getloadavg()[0]:.1f}", target="≥ 300", ratio=(PAPERS / whole) / (PAPERS / alone), peer="pyHanko alone signing the same file"),
    ]  # fmt: skip


def _seconds(work: Any) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun

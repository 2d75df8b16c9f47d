"""No secret is written down in the project."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .tree import Fault, Tree

SHAPES = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a cloud key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "an access token": re.compile(
        r"\b(gh[pousr]_[A-Za-z0-9]{36}|glpat-[\w-]{20}|xox[abp]-[\w-]{20,}|npm_[A-Za-z0-9]{36})\b"
    ),
    "a signed token": re.compile(r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}"),
    "a password in an address": re.compile(r"\b[a-z][a-z+]*://[^\s:/@{}'\"$<]+:(?!taydo-demo)[^\s@{}'\"$<*]{3,}@"),
    "a secret in the code": re.compile(
        r"\b(SECRET_KEY|secret_key|api_key|API_KEY|access_token)\s*[:=]\s*[\"'][^\"'{}\s]{12,}[\"']"
    ),
}
UNREAD = (".png", ".svg", ".woff2", ".csv", "package-lock.json", "requirements.txt", "requirements-dev.txt")
DO = "take it out, change it where it is used, and read it from the environment"


def check(tree: Tree) -> Iterator[Fault]:
    """Text that looks like a secret, and files that hold one."""
    for path in tree.files:
        if path.rsplit("/", 1)[-1] in (".env", "secret", "id_rsa", "id_ed25519") or path.endswith(
            (".pem", ".p12", ".pfx")
        ):
            yield Fault(path, 1, "a file that holds secrets", "keep it out of the project")
        if path.endswith(UNREAD) or path == "tools/doctor/secrets.py":
            continue
        text = tree.text(path)
        for what, shape in SHAPES.items():
            for found in shape.finditer(text):
                yield Fault(path, text.count("\n", 0, found.start()) + 1, what, DO)

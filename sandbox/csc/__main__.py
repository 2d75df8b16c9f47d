"""`python -m sandbox.csc --port 8030 --home var/sandbox-csc`: run the SANDBOX provider until told to stop; its root is `<home>/root.pem`."""

from __future__ import annotations

import argparse
from pathlib import Path

from sandbox.csc.provider import Provider

if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--port", type=int, default=8030)
    words.add_argument("--home", type=Path, required=True)
    words.add_argument("--secret", default="sandbox")
    given = words.parse_args()
    with Provider(given.home, given.port, given.secret) as provider:
        provider.serve_forever()

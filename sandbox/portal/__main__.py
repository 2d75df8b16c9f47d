"""`python -m sandbox.portal --port 8027 --home DIR`: run the SANDBOX portal until told to stop."""

from __future__ import annotations

import argparse
from pathlib import Path

from sandbox.portal.portal import SandboxPortal

if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--port", type=int, default=8027)
    words.add_argument("--home", type=Path, default=None)
    words.add_argument("--seed", action="store_true", help="a few dossiers of centrally run services")
    given = words.parse_args()
    with SandboxPortal(given.port, given.home) as portal:
        if given.seed:
            portal.store.seed()
        portal.serve_forever()

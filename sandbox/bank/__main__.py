"""`python -m sandbox.bank --port 8028 --city http://localhost:8000`: run the SANDBOX bank until told to stop."""

from __future__ import annotations

import argparse

from sandbox.bank.server import Bank

if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--port", type=int, default=8028)
    words.add_argument("--city", default="http://localhost:8000")
    words.add_argument("--secret", default="sandbox")
    given = words.parse_args()
    with Bank(given.port, given.city, given.secret) as bank:
        bank.serve_forever()

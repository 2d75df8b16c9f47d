"""`python -m sandbox.vneid --port 8027`: run the SANDBOX provider until told to stop."""

from __future__ import annotations

import argparse

from sandbox.vneid.provider import Provider

if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--port", type=int, default=8027)
    words.add_argument("--client", default="taydo")
    words.add_argument("--secret", default="sandbox")
    given = words.parse_args()
    with Provider(given.port, given.client, given.secret) as provider:
        provider.serve_forever()

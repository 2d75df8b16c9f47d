"""`python -m sandbox.chat --port 8027 --city http://localhost:8000 --secret …`: run the SANDBOX provider until told to stop."""

from __future__ import annotations

import argparse

from sandbox.chat.provider import Provider

if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--port", type=int, default=8027)
    words.add_argument("--city", default="http://localhost:8000")
    words.add_argument("--secret", default="sandbox")
    words.add_argument("--token", default="sandbox")
    given = words.parse_args()
    with Provider(given.port, given.city, given.secret, given.token) as provider:
        provider.serve_forever()

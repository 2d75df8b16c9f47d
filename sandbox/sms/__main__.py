"""`python -m sandbox.sms --port 8026 --token …`: run the SANDBOX gateway until told to stop."""

from __future__ import annotations

import argparse

from sandbox.sms.gateway import Gateway

if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--port", type=int, default=8026)
    words.add_argument("--token", default="sandbox")
    given = words.parse_args()
    with Gateway(given.port, given.token) as gateway:
        gateway.serve_forever()

"""Regular work of the provider: turning keys, forgetting what has ended."""

from __future__ import annotations

from taydo.kernel import sql
from taydo.kernel.jobs import every

from . import keys


@every(seconds=3600, name="openid.tidy")
def tidy() -> None:
    """Turn the key when it is old; forget codes and tokens that ended."""
    keys.turn()
    sql.execute("DELETE FROM openid_code WHERE expires_at < now() - interval '1 day'")
    sql.execute("DELETE FROM openid_token WHERE expires_at < now() - interval '7 days'")

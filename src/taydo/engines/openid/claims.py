"""What a system learns about somebody, by the scopes they agreed to. Whoever knows people tells (`tell`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from taydo.kernel import sealing
from taydo.kernel.actors import Viewer

Teller = Callable[[Viewer, frozenset[str]], dict[str, Any]]
_tellers: list[Teller] = []


def tell(teller: Teller) -> Teller:
    """Declare who knows claims about a viewer for these scopes."""
    _tellers.append(teller)
    return teller


def subject(client: str, actor_id: int) -> str:
    """The code under which one system knows somebody: another for each system, and it says nothing (pairwise)."""
    return sealing.fingerprint(f"subject:{client}:{actor_id}")[:40]


def about(client: str, viewer: Viewer, scope: str) -> dict[str, Any]:
    """The claims about a viewer that these scopes open."""
    assert viewer.actor_id is not None
    scopes = frozenset(scope.split())
    said: dict[str, Any] = {"sub": subject(client, viewer.actor_id)}
    if "profile" in scopes:
        said |= {"name": viewer.name or viewer.username, "locale": viewer.language}
    for teller in _tellers:
        said |= teller(viewer, scopes)
    return said

"""What forms offer to the citizen's home: drafts to go on with."""

from __future__ import annotations

from taydo.kernel import i18n, panels
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t

from . import queries


@panels.mine("drafts", 15)
def _home(viewer: Viewer) -> panels.MineCard | None:
    """Open drafts, the one saved last first; no card without any."""
    found = queries.mine(viewer)
    if not found:
        return None
    lines = [f"{one.form.title[i18n.language()]} · {i18n.when(one.saved_at)}" for one in found[:3]]
    return panels.MineCard(
        t("Bản nháp đang làm dở", "Drafts to go on with"), f"/forms/{found[0].id}", len(found), lines, "", "file-text"
    )

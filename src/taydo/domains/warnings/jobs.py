"""Regular work of warnings: what has run its time ends by itself."""

from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import every

from . import actions


@every(seconds=15, name="warnings.expire")
def expire() -> None:
    """End warnings whose time has come; nothing is written while there is none."""
    if sql.value(
        "SELECT EXISTS (SELECT 1 FROM warnings_warning WHERE state = 'published' AND message <> 'Cancel' AND expires <= now())"
    ):
        actions.expire(Viewer.system("warnings"))

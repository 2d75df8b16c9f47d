"""Regular work of the house itself."""

from taydo.kernel import audit, sql
from taydo.kernel.jobs import every


@every(seconds=5, name="audit.seal")
def seal_audit() -> None:
    """Seal settled audit rows into the chain."""
    while audit.seal() == 5000:
        continue


@every(seconds=3600, name="kernel.tidy")
def tidy() -> None:
    """Forget marks of events handled long ago, finished jobs and ended sessions."""
    sql.execute("DELETE FROM kernel_handled WHERE at < now() - interval '60 days'")
    sql.execute("DELETE FROM kernel_asked WHERE at < now() - interval '7 days'")
    sql.execute(
        "DELETE FROM procrastinate_jobs WHERE status = 'succeeded' AND scheduled_at < now() - interval '2 days'"
    )
    sql.execute("DELETE FROM django_session WHERE expire_date < now()")

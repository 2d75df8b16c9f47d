"""Starts the house: once Django is ready, every part's handlers and jobs are known."""

from django.apps import AppConfig

from taydo.kernel import manifest


class ConfigApp(AppConfig):
    """The composition root."""

    name = "taydo.config"
    label = "config"

    def ready(self) -> None:
        """Import what declares itself: handlers, jobs, gauges and panels."""
        for name in ("handlers", "jobs", "panels"):
            manifest.discover(name)
        from . import regular  # noqa: F401

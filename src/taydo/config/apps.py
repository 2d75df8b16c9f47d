"""Starts the house: once Django is ready, every part's handlers and jobs are known."""

from django.apps import AppConfig

from taydo.kernel import manifest


class ConfigApp(AppConfig):
    """The composition root."""

    name = "taydo.config"
    label = "config"

    def ready(self) -> None:
        """Import what declares itself: doors to screens, handlers, jobs."""
        for name in ("public", "panels", "handlers", "jobs"):
            manifest.discover(name)
        from . import regular  # noqa: F401

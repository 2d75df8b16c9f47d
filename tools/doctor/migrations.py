"""Tables follow the models: no migration is missing."""

from __future__ import annotations

from collections.abc import Iterator

from .django_of import hindrance
from .tree import Fault, Tree


def check(tree: Tree) -> Iterator[Fault]:
    """What `makemigrations` would write; needs no database."""
    if why := hindrance(tree):
        yield Fault("src/taydo/config/settings.py", 1, f"the house does not start: {why}", "correct that first")
        return
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None)
    for label, names in sorted(loader.detect_conflicts().items()):
        yield Fault(f"src/taydo/{label}", 1, f"two leaves in its migrations: {', '.join(sorted(names))}", "merge them")
    if loader.detect_conflicts():
        return
    asked = NonInteractiveMigrationQuestioner(specified_apps=set(), dry_run=True)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps), asked)
    for label, changes in sorted(detector.changes(graph=loader.graph).items()):
        if not apps.get_app_config(label).name.startswith("taydo."):
            continue
        folder = "src/" + apps.get_app_config(label).name.replace(".", "/")
        wanted = "; ".join(operation.describe() for migration in changes for operation in migration.operations)
        yield Fault(f"{folder}/models.py", 1, f"a migration is missing: {wanted}", f"run `make migration D={label}`")

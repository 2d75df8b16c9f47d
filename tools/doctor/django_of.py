"""Starts Django on the tree under examination, once, without a database."""

from __future__ import annotations

import importlib.util
import os
import tempfile

from .tree import Tree


def hindrance(tree: Tree) -> str:
    """Set Django up on the tree's package; empty when it stands, else why it cannot start."""
    spec = importlib.util.find_spec("taydo")
    if spec is None or str(tree.package) not in (spec.submodule_search_locations or ()):
        return "another copy of the package stands before this one in Python's path"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taydo.config.settings")
    os.environ.setdefault("TAYDO_HOME", os.path.join(tempfile.gettempdir(), f"taydo-doctor-{os.getuid()}"))
    import django

    try:
        django.setup()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""

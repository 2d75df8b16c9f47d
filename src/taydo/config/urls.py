"""Every address of the house, put together from what the parts declare."""

from __future__ import annotations

import importlib

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, re_path

from taydo.kernel import manifest

from . import api

urlpatterns: list = []
for part in manifest.parts():
    for name in ("pages", "faces"):
        if f"{part.module}.{name}" in manifest.discover(name):
            urlpatterns += importlib.import_module(f"{part.module}.{name}").urls
urlpatterns += [path("api/v1/", api.api.urls), *api.urls]


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Any other address."""
    raise Http404


urlpatterns += [re_path(r"^.*$", nothing_here)]

"""`/my`: the signed-in person's home: what waits for them first, then what the city keeps for them."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.urls import path

from taydo.kernel import panels
from taydo.kernel.errors import unknown_viewer
from taydo.kernel.http import render, viewer


def home(request: HttpRequest) -> HttpResponse:
    """`/my`: every part's card (`panels.mine`), and before them whatever waits, the nearest day first."""
    who = viewer(request)
    if who.actor_id is None:
        raise unknown_viewer()
    cards = panels.cards(who)
    waiting = sorted((one for card in cards for one in card.waiting), key=lambda one: one.due or dt.date.max)
    return render(request, "operations/mine.html", cards=cards, waiting=waiting)


urls = [path("my", home)]

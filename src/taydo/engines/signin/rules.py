"""What decides about signing in: how long things hold, how often they may be asked for, how a device is called."""

from __future__ import annotations

import re

CODE_SECONDS, CODE_TRIES = 300, 5
ASK_PAUSE_SECONDS = 30
ASKS_OF_ADDRESS_FROM_ONE_PLACE, ASKS_OF_ADDRESS, ASKS_FROM_ONE_PLACE = 5, 15, 60
"""How many codes an hour: for one address asked from one place, for one address in all, from one place (many share one)."""
STEP_SECONDS, STEPS_AROUND = 30, 1
FREE_FAILURES, FAILURE_PAUSE_SECONDS = 10, 60
"""Wrong second factors in a row after which each further try waits a minute: whoever tries knows the password already."""
RECOVERY_CODES = 10
CHALLENGE_SECONDS = 300
SEEN_EVERY_SECONDS = 60
CITIZEN_SECONDS = 30 * 86400
"""How long a citizen stays signed in on their own phone; officials begin anew each day (settings)."""

_BROWSERS = (
    (r"EdgA?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"coc_coc_browser|CocCoc", "Cốc Cốc"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Version/.*Safari/", "Safari"),
    (r"curl/|python|httpx|Wget", "script"),
)
_SYSTEMS = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"Macintosh|Mac OS X", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)


def device_words(agent: str) -> str:
    """A browser's name for itself in words people know (`Chrome · Android`); empty when it says nothing."""
    found = [
        next((name for pattern, name in known if re.search(pattern, agent)), "") for known in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(word for word in found if word)


def only_digits(text: str) -> str:
    """What was typed as a code without the blanks and dashes people put into it."""
    return re.sub(r"[\s\-.]", "", text)[:12]

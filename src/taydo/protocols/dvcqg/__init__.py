"""The national public service portal (Cổng dịch vụ công quốc gia), sync of dossiers: messages, code lists, envelope.

QCVN 120:2019/BTTTT (TT 18/2019/TT-BTTTT) gives the packet, XML or JSON; names and forms of fields are those that public adapters use.
Not published, and so only as good as these adapters: which state follows which, and the answer of a look-up.
"""

from .codes import CHANNELS, ENDS, FIRST, PARTIES, STATES, TRANSITIONS, may_follow, route
from .fields import WireError, instant, read, read_instant, write
from .messages import Agency, Dossier, Fee, Mirrored, Other, Paper, Procedure, Progress, Result, Supplement
from .packets import (
    AGENCIES,
    CENTRAL,
    LOOK_UP,
    OK,
    PROCEDURE,
    PROCEDURES,
    PROGRESS,
    SERVICES,
    SYNC,
    Packet,
    Portal,
    Refused,
    answered,
    as_xml,
    of_json,
    of_xml,
    understood,
    written,
)

__all__ = [
    "AGENCIES",
    "CENTRAL",
    "CHANNELS",
    "ENDS",
    "FIRST",
    "LOOK_UP",
    "OK",
    "PARTIES",
    "PROCEDURE",
    "PROCEDURES",
    "PROGRESS",
    "SERVICES",
    "STATES",
    "SYNC",
    "TRANSITIONS",
    "Agency",
    "Dossier",
    "Fee",
    "Mirrored",
    "Other",
    "Packet",
    "Paper",
    "Portal",
    "Procedure",
    "Progress",
    "Refused",
    "Result",
    "Supplement",
    "WireError",
    "answered",
    "as_xml",
    "instant",
    "may_follow",
    "of_json",
    "of_xml",
    "read",
    "read_instant",
    "route",
    "understood",
    "write",
    "written",
]

"""Pages of dossiers: `citizen` for whoever files and follows, `counter` for the one-stop desk, `work` for officials."""

from . import citizen, counter, work

urls = [*counter.urls, *work.urls, *citizen.urls]

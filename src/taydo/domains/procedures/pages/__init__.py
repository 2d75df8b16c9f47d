"""Pages of dossiers: `citizen` for whoever files and follows, `counter` for the one-stop desk, `work` for officials, `figures` for heads."""

from . import citizen, counter, figures, work

urls = [*counter.urls, *figures.urls, *work.urls, *citizen.urls]

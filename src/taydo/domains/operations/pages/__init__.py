"""Pages of the operations centre: the first page and the wall (`city`), the officers' desk (`desk`), what leaders watch (`heads`)."""

from . import city, desk, heads

urls = [*city.urls, *desk.urls, *heads.urls]

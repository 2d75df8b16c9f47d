"""Pages of the operations centre: the first page and the wall (`city`), the officers' desk (`desk`), what leaders watch (`heads`),
a person's home (`mine`)."""

from . import city, desk, heads, mine

urls = [*city.urls, *desk.urls, *heads.urls, *mine.urls]

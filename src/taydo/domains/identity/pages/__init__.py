"""HTML pages of identity: signing in, the account, roles of officials."""

from . import account, people, signin, vneid

urls = [*signin.urls, *account.urls, *people.urls, *vneid.urls]

"""HTML pages of identity: signing in, the account, roles of officials."""

from . import account, people, signin

urls = [*signin.urls, *account.urls, *people.urls]

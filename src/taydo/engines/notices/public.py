"""What notices offer to shared screens: the page where people subscribe."""

from taydo.kernel import panels

panels.place("subscribe", "/subscriptions")

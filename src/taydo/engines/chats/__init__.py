"""Chats: what people write to the city through chat providers, each message once, and the city's answers, each once."""

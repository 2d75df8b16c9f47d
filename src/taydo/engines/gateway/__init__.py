"""The gateway: how devices and loggers reach the city, over MQTT and by files, and what leaves for those who listen."""

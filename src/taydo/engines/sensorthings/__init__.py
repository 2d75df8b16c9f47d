"""The OGC SensorThings 1.1 face of the streams, at `/sta/v1.1/`: its own entities are none, its readings go through `take`."""

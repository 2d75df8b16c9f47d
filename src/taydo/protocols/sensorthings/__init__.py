"""OGC SensorThings API 1.1 (18-088) as a plain library: addresses, query options, times, batches and data arrays."""

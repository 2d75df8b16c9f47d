"""Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2): what is asked, what is sent, and the documents in JSON and XML."""

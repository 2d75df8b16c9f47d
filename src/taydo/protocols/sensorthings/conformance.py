"""Requirements of 18-088 that the city keeps, by their addresses, as the root document names them (9.2.1)."""

from __future__ import annotations

SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req"
#: MultiDatastreams and tasking are not there, so they are not named
CONFORMANCE = [
    *(f"{SPEC}/datamodel/{name}" for name in (
        "entity-control-information/common-control-information", "thing/properties", "thing/relations",
        "location/properties", "location/relations", "historical-location/properties", "historical-location/relations",
        "datastream/properties", "datastream/relations", "sensor/properties", "sensor/relations",
        "observed-property/properties", "observed-property/relations", "observation/properties", "observation/relations",
        "feature-of-interest/properties", "feature-of-interest/relations")),
    f"{SPEC}/resource-path/resource-path-to-entities",
    *(f"{SPEC}/request-data/{name}" for name in (
        "order", "expand", "select", "orderby", "skip", "top", "filter", "built-in-filter-operations",
        "built-in-query-functions", "count", "pagination", "status-codes", "query-status-codes")),
    *(f"{SPEC}/create-update-delete/{name}" for name in (
        "create-entity", "link-to-existing-entities", "deep-insert", "deep-insert-status-code", "update-entity",
        "update-entity-put", "update-entity-jsonpatch", "historical-location-auto-creation", "delete-entity")),
    f"{SPEC}/batch-request/batch-request",
    f"{SPEC}/data-array/data-array",
    f"{SPEC}/create-observations-via-mqtt/observations-creation",
    f"{SPEC}/receive-updates-via-mqtt/receive-updates",
    "http://docs.oasis-open.org/odata/odata-json-format/v4.01",
]  # fmt: skip

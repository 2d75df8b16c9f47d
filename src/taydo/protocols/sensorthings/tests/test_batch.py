"""Batches, data arrays and patches."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taydo.protocols.sensorthings.batch import (
    BatchRequest,
    BatchResponse,
    ChangeSet,
    parse_batch,
    resolve_body,
    resolve_url,
    write_batch,
)  # fmt: skip
from taydo.protocols.sensorthings.dataarray import parse_blocks, write_blocks
from taydo.protocols.sensorthings.errors import StaError
from taydo.protocols.sensorthings.jsonbatch import parse_json_batch, write_json_batch
from taydo.protocols.sensorthings.jsonpatch import apply_patch, merge_patch

MULTIPART = b"""--batch_1
Content-Type: application/http
Content-Transfer-Encoding: binary

GET Things(1)?$select=name HTTP/1.1
Accept: application/json


--batch_1
Content-Type: multipart/mixed;boundary=changeset_1

--changeset_1
Content-Type: application/http
Content-ID: 1

POST Things HTTP/1.1
Content-Type: application/json

{"name":"a","description":"b"}
--changeset_1
Content-Type: application/http
Content-ID: 2

POST $1/Datastreams HTTP/1.1
Content-Type: application/json

{"name":"c"}
--changeset_1--
--batch_1--
"""


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_multipart_batch_is_read_with_its_change_set(newline):
    get, changes = parse_batch(MULTIPART.replace(b"\n", newline), "multipart/mixed; boundary=batch_1")

    assert isinstance(get, BatchRequest) and (get.method, get.url, get.body) == ("GET", "Things(1)?$select=name", b"")
    assert get.headers == {"accept": "application/json"}
    assert isinstance(changes, ChangeSet)
    assert [(one.id, one.url) for one in changes.requests] == [("1", "Things"), ("2", "$1/Datastreams")]
    assert json.loads(changes.requests[0].body) == {"name": "a", "description": "b"}


def test_an_answer_can_be_read_back_part_by_part():
    one = BatchResponse("1", 201, {"Location": "Things(1)"}, b'{"a":1}')
    body, kind = write_batch([one, [one, BatchResponse("2", 404, {})]])

    assert body.count(b'HTTP/1.1 201 Created\r\nLocation: Things(1)\r\n\r\n{"a":1}\r\n--') == 2
    assert body.startswith(b"--" + kind.rpartition("=")[2].encode()) and body.rstrip().endswith(b"--")
    assert b"HTTP/1.1 404 Not Found" in body


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/mixed;boundary=x"),
        (b"--x--", "multipart/mixed;boundary=x"),
        (MULTIPART, "text/plain"),
        (MULTIPART, "multipart/mixed"),
        (b"--x\nContent-Type: application/http\n\nBREW pot HTTP/1.1\n\n--x--", "multipart/mixed;boundary=x"),
        (b"--x\nContent-Type: text/plain\n\nGET a HTTP/1.1\n\n--x--", "multipart/mixed;boundary=x"),
        (MULTIPART.replace(b"POST $1/Datastreams", b"GET $1/Datastreams"), "multipart/mixed;boundary=batch_1"),
    ],
)
def test_a_batch_that_is_none_is_refused(body, kind):
    with pytest.raises(StaError):
        parse_batch(body, kind)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_multipart_reader(noise):
    for body in (b"--x" + noise + b"\n--x--", b"--x\n" + noise + b"\n--x--", noise):
        try:
            parse_batch(body, "multipart/mixed;boundary=x")
        except StaError:
            pass


def test_references_to_earlier_requests_are_resolved_in_url_and_body():
    assert resolve_url("$1/Datastreams", {"1": "Things(5)"}) == "Things(5)/Datastreams"
    assert resolve_url("/$a?x", {"a": "Things(5)"}) == "Things(5)?x"
    assert resolve_body({"Thing": {"@iot.id": "$1"}, "l": [{"@iot.id": "$2"}]}, {"1": 5}) == {
        "Thing": {"@iot.id": 5},
        "l": [{"@iot.id": "$2"}],
    }
    with pytest.raises(StaError):
        resolve_url("$9", {"1": "Things(5)"})


def test_a_json_batch_groups_neighbours_of_one_atomicity_group():
    found = parse_json_batch(
        json.dumps({"requests": [
            {"id": "0", "method": "get", "url": "Things"},
            {"id": "1", "atomicityGroup": "g", "method": "post", "url": "Things", "body": {"name": "a"}},
            {"id": "2", "atomicityGroup": "g", "method": "patch", "url": "$1", "body": {"name": "b"}},
        ]}).encode()
    )  # fmt: skip

    assert isinstance(found[0], BatchRequest) and isinstance(found[1], ChangeSet) and len(found[1].requests) == 2
    answer = json.loads(write_json_batch([BatchResponse("0", 200, {"Location": "l"}, b'{"value":[]}')]))
    assert answer == {"responses": [{"id": "0", "status": 200, "headers": {"Location": "l"}, "location": "l",
                                     "body": {"value": []}}]}  # fmt: skip


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"requests":[{"method":"BREW","url":"x"}]}', b"[" * 100_000])
def test_a_json_batch_that_is_none_is_refused(body):
    with pytest.raises(StaError):
        parse_json_batch(body)


def test_a_data_array_becomes_columns_with_bad_rows_marked():
    (block,) = parse_blocks(msgspec.json.encode([{
        "Datastream": {"@iot.id": 7},
        "components": ["phenomenonTime", "result", "FeatureOfInterest/id"],
        "dataArray@iot.count": 4,
        "dataArray": [["2020-01-01T00:00:00Z", 1, 5], ["2020-01-01T01:00:00Z", "wet", 5], ["never", 3, 5], [1]],
    }]))  # fmt: skip

    assert block.datastream == 7 and block.time[0] == 1577836800000000
    assert np.array_equal(block.result[:2], [1.0, np.nan], equal_nan=True)
    assert block.extra[1] == {"result": "wet", "FeatureOfInterest": 5}
    assert block.bad == {2: "time", 3: "shape"}


def test_an_interval_in_a_data_array_keeps_both_ends():
    text = "2020-01-01T00:00:00.000Z/2020-01-01T01:00:00.000Z"
    (block,) = parse_blocks(msgspec.json.encode([{"Datastream": {"@iot.id": 1}, "components": ["phenomenonTime", "result"],
                                                  "dataArray": [[text, 1.5]]}]))  # fmt: skip

    assert block.time.tolist() == [1577836800000000] and block.extra == {0: {"phenomenonTime": text}}


@pytest.mark.parametrize(
    "document",
    [
        {},
        [1],
        [{"components": ["result"], "dataArray": []}],
        [{"Datastream": {"@iot.id": 1}, "components": ["result", "colour"], "dataArray": []}],
        [{"Datastream": {"@iot.id": 1}, "components": ["phenomenonTime"], "dataArray": []}],
        [{"Datastream": {"@iot.id": 1}, "components": ["result", "result"], "dataArray": []}],
    ],
)
def test_a_data_array_that_is_none_is_refused(document):
    with pytest.raises(StaError):
        parse_blocks(json.dumps(document).encode())


def test_observations_are_written_as_one_block_for_each_datastream():
    found = write_blocks(
        [("D(1)", {"@iot.id": "1-1", "result": 2}), ("D(2)", {"@iot.id": "2-1", "result": 3})], ["id", "result"]
    )

    assert found[0] == {"Datastream@iot.navigationLink": "D(1)", "components": ["id", "result"], "dataArray@iot.count": 1,
                        "dataArray": [["1-1", 2]]}  # fmt: skip
    assert len(found) == 2


def test_json_patch_does_what_rfc_6902_says():
    before = {"a": {"b": [1, 2]}, "c/d": 1}

    after = apply_patch(before, [
        {"op": "test", "path": "/c~1d", "value": 1},
        {"op": "add", "path": "/a/b/-", "value": 3},
        {"op": "remove", "path": "/a/b/0"},
        {"op": "replace", "path": "/c~1d", "value": 9},
        {"op": "copy", "from": "/a", "path": "/e"},
        {"op": "move", "from": "/c~1d", "path": "/a/x"},
    ])  # fmt: skip
    assert after == {"a": {"b": [2, 3], "x": 9}, "e": {"b": [2, 3]}}
    assert before == {"a": {"b": [1, 2]}, "c/d": 1}


@pytest.mark.parametrize("operation", [{}, 1, {"op": "add", "path": "a", "value": 1}, {"op": "remove", "path": "/z"},
                                       {"op": "test", "path": "/a", "value": 2}, {"op": "replace", "path": "", "value": 1},
                                       {"op": "move", "from": "/a", "path": "/a/b"}, {"op": "fly", "path": "/a"}])  # fmt: skip
def test_json_patch_that_cannot_be_applied_is_refused(operation):
    with pytest.raises(StaError):
        apply_patch({"a": {"k": 1}}, [operation])


def test_merge_patch_removes_by_null_and_merges_objects():
    assert merge_patch({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": None, "e": 4}, "d": [1]}) == {
        "a": {"c": 2, "e": 4}, "d": [1]}  # fmt: skip

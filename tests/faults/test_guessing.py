"""A private report stays among its reporter and the agencies that have it: by code, by number, by file, by search, by any door.

For everybody else the real code of a private report and one that was made up give the same answer, to the letter.
"""

from __future__ import annotations

import base64
import difflib
import io
import re
import secrets
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from PIL import Image
from tests.faults.people import ask, report_body
from tests.running_city import PASSWORD, RunningCity

from taydo.kernel import ids

pytestmark = [pytest.mark.faults, pytest.mark.slow]
STRANGERS = ("", "citizen", "ward", "officer", "roads", "leader", "operator", "integrator")
"""Nobody, another citizen, officers of other agencies, and those who may see every case of the city but the restricted."""
GUESSES = 2000
SAME = re.compile('urn:request:[0-9a-f]+|[0-9a-f]{32}|csrfmiddlewaretoken" value="[^"]+"|csrf-token" content="[^"]+"')
HEADERS = ("content-type", "cache-control", "content-disposition", "etag", "content-security-policy")


@dataclass(frozen=True)
class Secret:
    """A private report as its reporter knows it; `word` occurs in no other."""

    code: str
    case_id: int
    token: str
    photo: str
    word: str

    def made_up(self) -> Secret:
        """One that is like it and does not exist."""
        return Secret(
            ids.code("PA", 7),
            2**40 + secrets.randbelow(2**30),
            secrets.token_hex(16),
            str(uuid.uuid4()),
            f"khongco{secrets.token_hex(5)}",
        )


def _client(city: RunningCity, user: str) -> httpx.Client:
    """Somebody with an account and its password, or nobody."""
    headers = {"Authorization": "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()} if user else {}
    return httpx.Client(base_url=city.url, headers=headers, timeout=30)


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), (secrets.randbelow(255), 90, 40)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="module")
def secrets_kept(city: RunningCity) -> Iterator[list[Secret]]:
    """A private report of nobody in particular, and one handed to another agency; both with a photo."""
    kept = []
    with httpx.Client(base_url=city.url, timeout=30) as client:
        for _ in range(2):
            word = f"baomat{secrets.token_hex(5)}"
            form = {
                name: str(value)
                for name, value in report_body(f"Việc riêng tư {word}", public=False, address=f"Ngõ {word}").items()
            }
            answer = client.post(
                "/api/v1/hotline/reports/with-photos", data=form, files={"photos": ("a.jpg", _picture(), "image/jpeg")}
            )
            made = answer.raise_for_status().json()
            seen = (
                client.get(f"/api/v1/hotline/reports/{made['code']}", params={"token": made["token"]})
                .raise_for_status()
                .json()
            )
            assert made["public"] is False and word in seen["text"]
            kept.append(
                Secret(made["code"], made["case_id"], made["token"], seen["photos"][0]["href"].rsplit("/", 1)[1], word)
            )
    status, _ = ask(
        city,
        "POST",
        f"/api/v1/hotline/reports/{kept[1].code}/route",
        {"agency": "H13.07.01", "note": "Chuyển."},
        "agent",
    )
    assert status == 200
    yield kept


def _reads(one: Secret) -> list[str]:
    """Every address under which a report, its case or its photo may be read."""
    code, case, guess = one.code, one.case_id, "0" * 32
    return [
        f"/report/{code}", f"/report/{code.lower()}", f"/report/{code}?t={guess}", f"/report/{code}/photos/{one.photo}", f"/files/{one.photo}",
        f"/api/v1/hotline/reports/{code}", f"/api/v1/hotline/reports/{code}?token={guess}", f"/hotline/{code}/person",
        *(f"/open311/v2/requests/{code}{suffix}" for suffix in (".json", ".xml")), f"/open311/v2/requests.json?service_request_id={code}",
        f"/open311/v2/tokens/{code}-{guess}.json",
        *(f"/api/v1/cases/{case}{part}" for part in ("", "/timeline", "/attachments", "/tasks", "/links", "/extensions")),
        f"/desk/cases/{case}", f"/desk/cases/{case}/print",
    ]  # fmt: skip


def _writes(one: Secret) -> list[tuple[str, Any]]:
    """Every address under which something may be done with a report or its case, with what an honest program would send."""
    at, case = f"/api/v1/hotline/reports/{one.code}", f"/api/v1/cases/{one.case_id}"
    words = {"text": "thử", "token": "0" * 32}
    return [
        (f"{at}/add", words), (f"{at}/rate", {"rating": 1, **words}), (f"{at}/reopen", words), (f"{at}/withdraw", words),
        (f"{at}/classify", {"urgent": True}), (f"{at}/route", {"agency": "H13.06"}), (f"{at}/answer-at-once", {"text": "thử"}),
        (f"{at}/person", {"purpose": "thử"}), (f"{case}/move", {"move": "start"}), (f"{case}/assign", {}), (f"{case}/comment", {"text": "thử"}),
        (f"{case}/hand-over", {"agency": "H13.06", "note": "thử"}), (f"{case}/merge", {"into": one.case_id + 1, "note": "thử"}),
        (f"{case}/tasks", {"agency": "H13.06", "note": "thử"}), (f"{case}/deadline-class", {"name": "urgent"}), (f"{case}/withdraw", {}),
        (f"{case}/extensions", {"reason": "thử", "working_days": 2}), (f"{case}/split", {"titles": ["a", "b"], "note": "thử"}),
    ]  # fmt: skip


def _seen(answer: httpx.Response, one: Secret) -> tuple[Any, ...]:
    """The answer with what belongs to this one secret, and to this one request, taken out."""
    own = (one.code, one.code.lower(), one.photo, one.token, f"cases/{one.case_id}", f"cases%2F{one.case_id}")
    mine = re.compile("|".join(f"{re.escape(part)}(?![0-9])" for part in own))
    kept = (mine.sub("@", text) for text in (answer.headers.get("location", ""), SAME.sub("~", answer.text)))
    return answer.status_code, *(answer.headers.get(name, "") for name in HEADERS), *kept


def _difference(path: str, answers: tuple[httpx.Response, httpx.Response]) -> str:
    lines = [SAME.sub("~", answer.text).splitlines() for answer in answers]
    return "\n".join((path, str(answers), *list(difflib.unified_diff(*lines, lineterm="", n=0))[:12]))


@pytest.mark.parametrize("user", STRANGERS, ids=lambda name: name or "nobody")
def test_a_strangers_answers_for_a_real_private_code_and_a_made_up_one_are_the_same(
    city: RunningCity, secrets_kept: list[Secret], user: str
) -> None:
    told = []
    with _client(city, user) as client:
        for real in secrets_kept[:1] if user == "roads" else secrets_kept:  # the second is theirs
            fake = real.made_up()
            pairs = [
                (client.get(mine), client.get(other)) for mine, other in zip(_reads(real), _reads(fake), strict=True)
            ]
            pairs += [
                (client.post(mine, json=body), client.post(other, json=body))
                for (mine, body), (other, _) in zip(_writes(real), _writes(fake), strict=True)
            ]
            for answers in pairs:
                path = answers[0].request.url.path
                told += [] if _seen(answers[0], real) == _seen(answers[1], fake) else [_difference(path, answers)]
                assert real.word not in answers[0].text, path
                assert answers[0].status_code in (302, 401, 403, 404) or answers[0].json() == [], (
                    path,
                    answers[0].text,
                )

    assert not told, "\n\n".join(told)


def test_whoever_has_a_private_report_sees_it_through_the_same_doors(
    city: RunningCity, secrets_kept: list[Secret]
) -> None:
    first, second = secrets_kept
    with _client(city, "agent") as centre, _client(city, "roads") as agency, _client(city, "") as reporter:
        for one in secrets_kept:
            assert centre.get(f"/api/v1/hotline/reports/{one.code}").json()["text"].endswith(one.word)
            assert centre.get(f"/files/{one.photo}").headers["content-type"] == "image/jpeg"
            assert reporter.get(f"/report/{one.code}", params={"t": one.token}).text.count(one.word)
            assert reporter.get(f"/report/{one.code}/photos/{one.photo}", params={"t": one.token}).status_code == 200
        assert agency.get(f"/api/v1/cases/{second.case_id}").status_code == 200
        assert agency.get(f"/api/v1/cases/{first.case_id}").status_code == 404
        assert agency.get("/api/v1/cases", params={"q": second.word}).json()["cases"]


@pytest.mark.parametrize("user", STRANGERS, ids=lambda name: name or "nobody")
def test_no_list_search_map_or_feed_tells_a_stranger_of_a_private_report(
    city: RunningCity, secrets_kept: list[Secret], user: str
) -> None:
    first = secrets_kept[0]
    place = {"lon": "105.788", "lat": "10.034"}
    with _client(city, user) as client:
        for path, params in (
            ("/hotline/reports", {"q": first.word}), ("/api/v1/hotline/reports", {"q": first.word}), ("/api/v1/hotline/reports", {}),
            ("/api/v1/operations/search", {"q": first.word}), ("/api/v1/operations/search", {"q": first.code}), ("/search", {"q": first.word}),
            ("/api/v1/hotline/duplicates", {"text": f"Việc riêng tư {first.word}", **place}), ("/open311/v2/requests.json", {}),
            ("/open311/v2/requests.json", {"q": first.word}), ("/open311/v2/requests.xml", {"extensions": "true"}),
            ("/api/v1/cases", {"q": first.word, "phase": "all"}), ("/api/v1/cases", {"q": first.code, "whose": "seen", "phase": "all"}),
            ("/api/v1/hotline/overview", {}), ("/hotline", {}), ("/", {}), ("/api/v1/operations/wall", {}), ("/desk", {"q": first.word}),
            ("/api/v1/cases", {"limit": "200"}), ("/api/v1/hotline/mine", {}), ("/my/reports", {}), ("/desk/late", {}),
        ):  # fmt: skip
            answer = client.get(path, params=params)
            echoed = answer.text.replace(f'value="{first.word}"', "").replace(f'value="{first.code}"', "")
            assert answer.status_code < 500, path
            assert f"tư {first.word}" not in echoed and f"Ngõ {first.word}" not in echoed, path
            assert f"/report/{first.code}" not in echoed and f'"{first.code}"' not in echoed, path
            assert first.photo not in echoed, path


def test_thousands_of_made_up_codes_open_nothing(city: RunningCity, secrets_kept: list[Secret]) -> None:
    real = secrets_kept[0]
    paths = (
        "/api/v1/hotline/reports/{}",
        "/report/{}",
        "/open311/v2/requests/{}.json",
        "/api/v1/hotline/reports/{}?token=" + "a" * 32,
    )

    def guess(at: int) -> tuple[Any, ...]:
        fake = real.made_up()
        request = urllib.request.Request(
            city.url + paths[at % len(paths)].format(fake.code), headers={"Accept": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return at % len(paths), answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return at % len(paths), error.code, SAME.sub("~", error.read().decode()).replace(fake.code, "@")

    with ThreadPoolExecutor(4) as pool:
        told = set(pool.map(guess, range(GUESSES)))

    assert {status for _, status, _ in told} == {404}
    assert len(told) == len(paths)

"""The OsmAnd query form by what real clients send, by what broken ones send, and by noise."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.osmand import BadFix, Reported, device_digest, parse_osmand
from data.fixes import Fix

NOW_MS = 1_772_439_300_250
SECRET = "860-secret-0042"
PLACE = f"id={SECRET}&lat=33.35&lon=120.16"


def parse(query: str, form: str = "") -> Reported:
    return parse_osmand(query.encode(), form.encode(), NOW_MS)


def test_what_traccar_client_sends() -> None:
    report = parse(
        "id=860123&timestamp=1614265330&lat=33.347378&lon=120.163561&speed=21.598&bearing=270.0&altitude=4.2"
        "&accuracy=12.5&batt=87.0&charge=true"
    )
    assert report == Reported(
        device_id="860123",
        at_ms=1_614_265_330_000,
        lon_deg=120.163561,
        lat_deg=33.347378,
        speed_kmh=21.598 * 1.852,
        heading_deg=270.0,
        accuracy_m=12.5,
        altitude_m=4.2,
        hdop=None,
        battery_percent=87.0,
        charging=True,
        driver=None,
        valid=True,
    )
    assert report.fix("T1", NOW_MS) == Fix(
        "T1", 1_614_265_330_000, 120.163561, 33.347378, report.speed_kmh, 270.0, 12.5, "osmand", NOW_MS
    )


def test_what_osmand_sends() -> None:
    report = parse("deviceid=oa-7&lat=-29.953&lon=-71.338&timestamp=1614265330123&hdop=3.9&altitude=-3.5&speed=0.0")
    assert (report.device_id, report.at_ms, report.hdop) == ("oa-7", 1_614_265_330_123, 3.9)
    assert (report.lon_deg, report.lat_deg, report.altitude_m) == (-71.338, -29.953, -3.5)
    assert (report.speed_kmh, report.heading_deg, report.accuracy_m) == (0.0, None, None)


def test_the_same_in_a_form_body_or_in_both() -> None:
    assert parse("", PLACE) == parse(PLACE) == parse(f"id={SECRET}", "lat=33.35&lon=120.16") == parse(PLACE, PLACE)


def test_location_has_latitude_first() -> None:
    assert parse(f"id={SECRET}&location=33.35,120.16") == parse(PLACE)
    assert parse(f"id={SECRET}&location=33.35,%20120.16") == parse(PLACE)


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("0", 0),
        ("2147483647", 2_147_483_647_000),
        ("2147483648", 2_147_483_648),
        ("1614265330123", 1_614_265_330_123),
        ("2021-02-25T15:02:10Z", 1_614_265_330_000),
        ("2021-02-25T15:02:10", 1_614_265_330_000),
        ("2021-02-25T15:02:10.123Z", 1_614_265_330_123),
        ("2021-02-25T23:02:10%2B08:00", 1_614_265_330_000),
        ("2021-02-25T23:02:10+08:00", 1_614_265_330_000),  # the client forgot to escape its plus
        ("2021-02-25T23:02:10+0800", 1_614_265_330_000),
        ("2021-02-25T12:02:10-03:00", 1_614_265_330_000),
        ("2021-02-25+15:02:10", 1_614_265_330_000),
        ("2021-02-25%2015:02:10", 1_614_265_330_000),
        ("", NOW_MS),
    ],
)
def test_times(text: str, at_ms: int) -> None:
    assert parse(f"{PLACE}&timestamp={text}").at_ms == at_ms


def test_without_a_time_it_was_taken_now() -> None:
    assert parse(PLACE).at_ms == NOW_MS


@pytest.mark.parametrize("name", ["speed", "bearing", "heading", "altitude", "accuracy", "hdop", "batt"])
@pytest.mark.parametrize("value", ["-1", "-1.0", ""])
def test_minus_one_is_unknown(name: str, value: str) -> None:
    assert parse(f"{PLACE}&{name}={value}") == parse(PLACE)


def test_a_converted_minus_one_is_unknown_too() -> None:
    assert parse(f"{PLACE}&speed=-1.943844").speed_kmh is None


def test_headings() -> None:
    assert parse(f"{PLACE}&heading=12").heading_deg == 12.0
    assert parse(f"{PLACE}&bearing=360").heading_deg == 0.0
    assert parse(f"{PLACE}&bearing=359.99").heading_deg == 359.99


@pytest.mark.parametrize(
    ("text", "valid"), [("true", True), ("1", True), ("false", False), ("0", False), ("FALSE", False), ("", True)]
)
def test_a_device_may_say_that_it_has_no_fix(text: str, valid: bool) -> None:
    assert parse(f"{PLACE}&valid={text}").valid is valid


def test_the_driver_and_fields_that_nobody_knows() -> None:
    report = parse(
        f"{PLACE}&driverUniqueId=%E7%8E%8B&event=motion&event=stop&is_moving=true&%00=%ff".replace("%ff", "x")
    )
    assert report.driver == "王"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "lat, lon: missing"),
        ("lat=33.35&lon=120.16", "id: missing"),
        ("id=&lat=33.35&lon=120.16", "id: missing"),
        (f"id={'x' * 300}&lat=33.35&lon=120.16", "id: longer"),
        (f"id={SECRET}", "lat, lon: missing"),
        (f"id={SECRET}&lat=33.35", "lat, lon: missing"),
        (f"id={SECRET}&lat=&lon=", "lat, lon: missing"),
        (f"id={SECRET}&lat=north&lon=120.16", "lat: a number"),
        (f"id={SECRET}&lat=33,35&lon=120.16", "lat: a number"),
        (f"id={SECRET}&lat=nan&lon=120.16", "lat: a number"),
        (f"id={SECRET}&lat=1_0&lon=120.16", "lat: a number"),
        (f"id={SECRET}&lat=٣٣&lon=120.16", "lat: a number"),
        (f"id={SECRET}&lat={SECRET}&lon=120.16", "lat: a number"),
        (f"id={SECRET}&lat=1e999&lon=120.16", "lat: the number is too large"),
        (f"id={SECRET}&lat=120.16&lon=33.35", "lat: out of range; lat and lon look swapped"),
        (f"id={SECRET}&lat=91&lon=181", "lat, lon: out of range"),
        (f"id={SECRET}&location=33.35", "location: latitude and longitude"),
        (f"id={SECRET}&location=33.35,120.16,4", "location: latitude and longitude"),
        (f"id={SECRET}&location=,", "lat, lon: missing"),
        (f"{PLACE}&lat=33.36", "lat: stands twice"),
        (f"{PLACE}&id=another", "id: stands twice"),
        (f"{PLACE}&timestamp=soon", "timestamp: seconds, milliseconds"),
        (f"{PLACE}&timestamp=1614265330.5", "timestamp: seconds, milliseconds"),
        (f"{PLACE}&timestamp=-5", "timestamp: seconds, milliseconds"),
        (f"{PLACE}&timestamp=999999999999999999", "timestamp: before 1970 or after"),
        (f"{PLACE}&timestamp=1969-12-31T23:59:59Z", "timestamp: before 1970 or after"),
        (f"{PLACE}&timestamp=2021-02-30T00:00:00Z", "timestamp: no such day"),
        (f"{PLACE}&timestamp=2021-02-30 00:00:00", "timestamp: no such day"),
        (f"{PLACE}&timestamp=T", "timestamp: no such day"),
        (f"{PLACE}&speed=fast", "speed: a number"),
        (f"{PLACE}&speed=1.7e308", "speed: the number is too large"),
        (f"{PLACE}&bearing=361", "bearing: 0 to 360"),
        (f"{PLACE}&accuracy=5m", "accuracy: a number"),
        (f"{PLACE}&valid=perhaps", "valid: true or false"),
        (f"{PLACE}&id=%ff", "the request is not UTF-8"),
        (f"{PLACE}&" + "&".join(f"a{k}=1" for k in range(80)), "more than 64 fields"),
    ],
)
def test_malformed(query: str, says: str) -> None:
    with pytest.raises(BadFix) as caught:
        parse(query)
    assert says in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_raw_bytes_that_are_no_text() -> None:
    with pytest.raises(BadFix, match="not UTF-8"):
        parse_osmand(PLACE.encode(), b"\xff\xfe", NOW_MS)


def test_the_secret_is_in_no_repr() -> None:
    assert SECRET not in repr(parse(PLACE))


def test_digests() -> None:
    assert device_digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(device_digest("\ud800")) == 64


names = st.sampled_from(
    ["id", "deviceid", "lat", "lon", "location", "timestamp", "speed", "bearing", "heading", "altitude", "accuracy",
     "hdop", "batt", "valid", "charge", "driverUniqueId", "x"]
)  # fmt: skip
values = (
    st.text(max_size=20)
    | st.floats().map(str)
    | st.integers().map(str)
    | st.datetimes().map(lambda moment: moment.isoformat())
    | st.datetimes().map(lambda moment: moment.isoformat(" ", "seconds"))
    | st.sampled_from(["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "-1", "true", "12,13"])
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(st.dictionaries(names, values), st.binary(max_size=60) | st.just(b""))
def test_whatever_comes_it_is_a_report_or_a_bad_fix(fields: dict[str, str], form: bytes) -> None:
    secret = "s3cret-" + fields.get("id", "")
    query = urlencode({**fields, "id": secret}, errors="replace").encode()
    said = ""
    try:
        report = parse_osmand(query, form, NOW_MS)
        assert report.fix("T1", NOW_MS).at_ms == report.at_ms
    except BadFix as fault:
        said = str(fault)
    assert "s3cret-" not in said


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_noise(query: bytes, form: bytes) -> None:
    with pytest.raises(BadFix):
        parse_osmand(b"lat=x&" + query, form, NOW_MS)

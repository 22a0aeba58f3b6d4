"""Policies: the shipped ones, files that change them, and files that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.policy import SHIPPED, Rule, get_policy, read_policy
from geo.faults import BadInput
from routing.traffic_tables import CHINA_DEFAULT, COLUMNS, FREE


def test_a_file_changes_only_what_it_names() -> None:
    policy = read_policy(b'rule = "reassign"\npromise_after_s = 900\n[weights]\nlate = 7\n', "mine.toml")
    base = SHIPPED["reassign"]
    assert (policy.name, policy.rule, policy.promise_after_s, policy.weights.late) == ("mine", Rule.REASSIGN, 900, 7)
    assert (policy.weights.wait, policy.must_serve_age_s) == (base.weights.wait, base.must_serve_age_s)


def test_without_a_rule_it_is_production() -> None:
    assert read_policy(b"", "empty.toml").rule is Rule.PRODUCTION


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b"promise = 3", "promise: unknown key"),
        (b"[weights]\nspeed = 3", "weights.speed: unknown key"),
        (b"offer_s = 0", "offer_s: must be an integer from 1"),
        (b"offer_s = 1.5", "offer_s: must be an integer"),
        (b"work = true", "work: must be an integer"),
        (b"[weights]\nwait = 10001", "weights.wait: must be an integer from 0 to 10000"),
        (b'rule = "best"', "rule 'best' is not one of"),
        (b"weights = 3", "weights must be a table"),
        (b"traffic = 3", "traffic: must be one of free, china-default, or a file, not 3"),
        (b"= 3", "not a TOML file"),
        (b"\xff", "not a TOML file"),
    ],
)
def test_what_cannot_be_used_is_named(text: bytes, named: str) -> None:
    with pytest.raises(BadInput, match=r"bad\.toml") as refused:
        read_policy(text, "bad.toml")
    assert named in str(refused.value)


def test_all_faults_are_listed() -> None:
    with pytest.raises(BadInput) as refused:
        read_policy(b"a = 1\nb = 2\n[weights]\nc = 3", "bad.toml")
    assert len(refused.value.faults) == 3


def test_a_policy_is_a_shipped_name_or_a_file(tmp_path: Path) -> None:
    assert get_policy("batch-30").interval_ms == 30_000
    file = tmp_path / "轻载.toml"
    file.write_text("offer_s = 60", encoding="utf-8")
    assert get_policy(str(file)).offer_s == 60
    with pytest.raises(BadInput, match="neither a file nor one of production"):
        get_policy("nearest")


def test_traffic_is_free_unless_a_file_names_a_table(tmp_path: Path) -> None:
    assert all(policy.traffic is FREE for policy in SHIPPED.values())
    assert read_policy(b'traffic = "china-default"', "rush.toml").traffic is CHINA_DEFAULT
    rows = [",".join(map(str, (hour, *row))) for hour, row in enumerate(CHINA_DEFAULT.permille.tolist())]
    (tmp_path / "hours.csv").write_text("\n".join([",".join(("hour_of_week", *COLUMNS)), *rows]), encoding="utf-8")
    file = tmp_path / "mine.toml"
    file.write_text('traffic = "hours.csv"', encoding="utf-8")
    assert get_policy(str(file)).traffic == CHINA_DEFAULT
    file.write_text('traffic = "mars.csv"', encoding="utf-8")
    with pytest.raises(BadInput, match="neither free nor china-default"):
        get_policy(str(file))

"""`towline journal` and `towline db`: their arguments, and what is called with them."""

from __future__ import annotations

import argparse

from dispatch.arguments import Answered, Surroundings, Verbs, add_verb, positive


def add_parsers(verbs: Verbs) -> None:
    journal = verbs.add_parser("journal", help="check and replay what was written down")
    journal_verbs = journal.add_subparsers(dest="journal_verb", required=True, metavar="VERB")
    verify = add_verb(journal_verbs, "verify", _journal_verify, "compute the chain of the journal anew")
    verify.add_argument("--head", metavar="SEQ:HASH", help="a record known from elsewhere")
    replay = add_verb(journal_verbs, "replay", _journal_replay, "fold the journal into a state")
    replay.add_argument("--to", dest="to_seq", type=positive, metavar="SEQ")
    replay.add_argument("--city", default="coquimbo", metavar="NAME")
    db = verbs.add_parser("db", help="the database").add_subparsers(dest="db_verb", required=True, metavar="VERB")
    upgrade = add_verb(db, "upgrade", _db_upgrade, "make the database or bring it up to date")
    for each in (verify, replay, upgrade):
        add_database(each)


def add_database(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--database", metavar="URL", help="sqlite:////folder/file.db or postgresql://user@host/name")


def _journal_verify(a: argparse.Namespace, around: Surroundings) -> Answered:
    from data import cli

    report = cli.verify_journal(
        database=_database(a, around), head=a.head, progress=around.say, elapsed_s=around.elapsed_s
    )
    return report, cli.verify_text


def _journal_replay(a: argparse.Namespace, around: Surroundings) -> Answered:
    from data import replay
    from data.catalogue import open_city_named

    city = open_city_named(around.home, a.city, progress=around.say)
    report = replay.replay_journal(
        database=_database(a, around), city=city, to_seq=a.to_seq, elapsed_s=around.elapsed_s
    )
    return report, replay.replay_text


def _db_upgrade(a: argparse.Namespace, around: Surroundings) -> Answered:
    from data import cli

    return cli.upgrade(database=_database(a, around), elapsed_s=around.elapsed_s), cli.upgrade_text


def _database(a: argparse.Namespace, around: Surroundings) -> str:
    from data.database import url_of_file

    return str(a.database or url_of_file(around.home / "towline.db"))

"""The results of a run as text for a person."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from benchmarks.peers.plans import COLUMNS, OURS, ROWS, SQUARE

Document = dict[str, Any]


def text_of(document: Document) -> str:
    """Times, ratios and agreement as tables."""
    names = list(document["engines"])
    parts = [
        f"{document['city']['name']}, {document['city']['links']:,} links; {document['rounds_done']} rounds; "
        f"other work kept {document['others_processors']['median']:.2f} processors busy in the median "
        f"({document['others_processors']['min']:.2f} to {document['others_processors']['max']:.2f})",
        "",
        "Medians of the rounds on the clock (in brackets: processor time)",
        _times(document, names),
        "",
        "How many times as long as Towline with one thread, equal questions, within each round: "
        "median [least to most], in brackets the median in processor time",
        _ratios(document, [name for name in names if name != OURS]),
        "",
        "Answers beside ours (theirs over ours, drives of a minute or more)",
        _agreement(document),
    ]
    for name, why in document["failed"].items():
        parts += ["", f"FAILED: {name}: {why}"]
    return "\n".join(parts)


def _times(document: Document, names: list[str]) -> str:
    head = [
        "engine", "thr.", "load s", "MB ready/peak", "pair us: median p99", "snapped", "many: us each",
        f"{ROWS}x{COLUMNS} ms", "large table s",
    ]  # fmt: skip
    rows = [head]
    for name in names:
        figures, first = document["engines"][name]["figures"], document["engines"][name]["records"][0]
        load = statistics.median(r["load"]["import_and_load_s"] for r in document["engines"][name]["records"])
        ready, peak = first["memory_mb"]["ready"], first["memory_mb"]["peak"]
        large = [q for q in figures if "x" in q and not q.startswith(f"{ROWS}x{COLUMNS},")]
        asked = [q for q in large if q.startswith(f"{SQUARE}x")] or large
        rows.append([
            name, str(first["threads"]), f"{load:.2f}", f"{ready:.0f}/{peak:.0f}",
            _pair(document["engines"][name]["records"]),
            _cell(figures, ["single, snapped"], 1, "{:.0f}"),
            _cell(figures, ["batch, snapped", "batch, links"], 1, "{:.1f}"),
            _cell(figures, [f"{ROWS}x{COLUMNS}, snapped", f"{ROWS}x{COLUMNS}, coordinates", f"{ROWS}x{COLUMNS}, links"],
                  1e3, "{:.1f}"),
            f"{asked[0].split(',')[0]}: " + _cell(figures, sorted(asked, key=_rank), 1, "{:.3f}") if asked else "-",
        ])  # fmt: skip
    return _aligned(rows)


def _rank(question: str) -> int:
    return ["snapped", "coordinates", "links", "search"].index(question.split(", ")[1])


def _pair(records: list[Document]) -> str:
    """The fastest way of asking for one pair from degrees (from a link, where there is no such)."""
    kinds = {way["kind"] for way in records[0]["single"]}
    kind = "coordinates" if "coordinates" in kinds else "links"
    best = [min((w for w in r["single"] if w["kind"] == kind), key=lambda w: float(w["median_us"])) for r in records]
    median, p99 = (statistics.median(way[name] for way in best) for name in ("median_us", "p99_us"))
    note = "" if kind == "coordinates" else " (links)"
    return f"{median:,.0f} {p99:,.0f}{note}"


def _cell(figures: Document, questions: list[str], times: float, form: str) -> str:
    for question in questions:
        if question in figures:
            wall, cpu = (figures[question][clock]["median"] * times for clock in ("wall", "cpu"))
            return f"{form.format(wall)} ({form.format(cpu)})"
    return "-"


def _ratios(document: Document, names: list[str]) -> str:
    rows = [["engine", "question", "ratio", "rounds"]]
    for name in names:
        for question, ratio in document["ratios"][name].items():
            wall = ratio["wall"]
            rows.append([
                name, question, f"{wall['median']:.2f} [{wall['min']:.2f} to {wall['max']:.2f}] "
                f"({ratio['cpu']['median']:.2f})", str(len(wall["rounds"])),
            ])  # fmt: skip
    return _aligned(rows)


def _agreement(document: Document) -> str:
    rows = [["engine", "answers", "asked", "both", "median", "p5 to p95", "Spearman", "same to the ms", "most apart s"]]
    for name, by_what in document["agreement"].items():
        for what, found in by_what.items():
            if what.endswith("-snapped"):  # the same question as from coordinates
                continue
            ratio = found["ratio"]
            rows.append([
                name, what, f"{found['questions']:,}", f"{found['answered_by_both']:,}", f"{ratio['median']:.3f}",
                f"{ratio['p5']:.3f} to {ratio['p95']:.3f}", f"{found['spearman']:.4f}",
                f"{found['same_to_the_millisecond']:.2%}", f"{found['most_apart_s']:.3f}",
            ])  # fmt: skip
    return _aligned(rows)


def _aligned(rows: list[list[str]]) -> str:
    width = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    pad: Callable[[str, int], str] = str.ljust
    return "\n".join("  ".join(pad(cell, width[k]) for k, cell in enumerate(row)).rstrip() for row in rows)

"""What is done today, played forward until every job that can be served is."""

from __future__ import annotations

import heapq

import numpy as np

from benchmarks.decision_peers.question import NO_WAY_S, Question, Sequences


def closest_idle(question: Question) -> Sequences:
    """First in, first out: in order of report, the idle truck that is there first; where none is idle that can, the job
    waits until one is. Trucks under way, and those that a job is locked to, begin with that job."""
    hours = _Hours(question)
    for truck, job in hours.begun():
        hours.send(truck, job, int(question.free_s[truck]))
    in_order = np.argsort(question.reported_s, kind="stable")
    while hours.events:
        now_s = hours.advance()
        for job in in_order.tolist():
            if not hours.served[job] and question.release_s[job] <= now_s:
                truck = hours.closest(job, now_s)
                if truck >= 0 and hours.send(truck, job, now_s):
                    hours.idle.discard(truck)
    return hours.sequences


class _Hours:
    """The trucks from now until the last of them is free."""

    def __init__(self, question: Question) -> None:
        self._q = question
        self._room = question.places.tolist()
        self._at = np.full(question.trucks, -1)
        """The option that a truck comes from, -1 at its own place."""
        self.sequences: Sequences = [[] for _ in range(question.trucks)]
        self.served = np.zeros(question.jobs, np.bool_)
        self.idle: set[int] = set()
        self.events = [(int(at_s), truck) for truck, at_s in enumerate(question.free_s)]
        """(seconds, the truck that is idle from then on; -1 for a job that is reported then)."""
        self.events += [(int(at_s), -1) for at_s in question.release_s if at_s > 0]
        heapq.heapify(self.events)

    def begun(self) -> list[tuple[int, int]]:
        """Trucks with the job that they begin with: one locked to them, else the one driven to if it is no other's."""
        q = self._q
        begun = {int(truck): job for job, truck in enumerate(q.locked) if truck >= 0}
        for truck, job in enumerate(q.target.tolist()):
            if job >= 0 and truck not in begun and q.locked[job] < 0:
                begun[truck] = job
        return [(truck, job) for truck, job in begun.items() if self._may(truck, job, int(q.free_s[truck]))]

    def advance(self) -> int:
        """To the next instant at which anything happens; all that happens then has happened."""
        now_s = self.events[0][0]
        while self.events and self.events[0][0] == now_s:
            _, truck = heapq.heappop(self.events)
            if truck >= 0:
                self.idle.add(truck)
        return now_s

    def closest(self, job: int, now_s: int) -> int:
        """The idle truck that is at a job first, -1 without any."""
        able = [truck for truck in sorted(self.idle) if self._q.locked[job] < 0 and self._may(truck, job, now_s)]
        return min(able, key=lambda truck: self._drive_s(truck, job), default=-1)

    def send(self, truck: int, job: int, now_s: int) -> bool:
        """Lets a truck serve a job as soon as it can, at the cheapest shop that has a place; False where none has."""
        q = self._q
        rows = np.flatnonzero(q.job == job).tolist()
        free = [row for row in rows if q.limit[row] < 0 or self._room[q.limit[row]] > 0]
        if not free:
            return False
        option = min(free, key=lambda row: (q.extra[row], q.span_s[row]))
        if q.limit[option] >= 0:
            self._room[q.limit[option]] -= 1
        free_s = max(now_s, int(q.release_s[job])) + self._drive_s(truck, job) + int(q.span_s[option])
        if not self.sequences[truck] and self._at[truck] < 0:
            self.events = [event for event in self.events if event[1] != truck]
            heapq.heapify(self.events)
        heapq.heappush(self.events, (free_s, truck))
        self.sequences[truck].append((job, option))
        self._at[truck] = option
        self.served[job] = True
        return True

    def _may(self, truck: int, job: int, now_s: int) -> bool:
        q = self._q
        departs_s = max(now_s, int(q.release_s[job]))
        return bool(q.fits[truck, job]) and departs_s < q.shift_end_s[truck] and self._drive_s(truck, job) < NO_WAY_S

    def _drive_s(self, truck: int, job: int) -> int:
        q = self._q
        row = int(np.argmax(q.job == job))
        at = self._at[truck]
        return int(q.start_s[truck, row] if at < 0 else q.onward_s[at, row])

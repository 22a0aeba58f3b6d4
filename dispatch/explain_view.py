"""One job of a plan, seen with all trucks beside it, and as if it had no lock: what a lock costs is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dispatch.explain_around import Around
from dispatch.explain_scene import CODE, Firsts, Scene, firsts_of
from dispatch.plan import Stop, Verdict
from dispatch.problem import NO_WAY_S, ProblemJob


@dataclass(frozen=True, slots=True)
class View:
    """`chosen` is the row of the truck that the plan sends, -1 where it sends none; `stop` what it does there.

    capable   bool[T]   holds what is needed
    here_s    int64[T]  the drive to the scene from where the truck is; NO_WAY_S
    """

    scene: Scene
    around: Around
    row: int
    job: ProblemJob
    firsts: Firsts
    capable: NDArray[np.bool_]
    here_s: NDArray[np.int64]
    chosen: int
    stop: Stop | None

    @classmethod
    def of(cls, scene: Scene, around: Around, stands: NDArray[np.int64], row: int) -> View:
        """`stands` int64[T] is the place where each truck is."""
        problem = scene.problem
        job = problem.jobs[row]
        firsts = firsts_of(scene, replace(job, locked_to=None))
        chosen, stop = scene.served.get(job.id, (-1, None))
        return cls(
            scene=scene,
            around=around,
            row=row,
            job=job,
            firsts=firsts,
            capable=firsts.hurdle != CODE[Verdict.NO_CAPABILITY],
            here_s=problem.durations_s[stands, job.scene],
            chosen=chosen,
            stop=stop,
        )

    @property
    def others(self) -> NDArray[np.bool_]:
        """bool[T]: not the chosen truck."""
        return np.asarray(np.arange(len(self.here_s)) != self.chosen, dtype=np.bool_)

    @property
    def elsewhere(self) -> NDArray[np.bool_]:
        """bool[T]: the plan sends the truck to another job first."""
        first = self.scene.first_job
        return np.asarray((first >= 0) & (first != self.row), dtype=np.bool_)

    def first_of(self, among: NDArray[np.bool_], by: NDArray[np.int64]) -> int:
        """The row of the truck with the least `by`, and the least id of these; -1 where there is none among them."""
        rows = np.flatnonzero(among)
        if not rows.size:
            return -1
        return int(rows[np.lexsort((self.scene.ids[rows], by[rows]))[0]])

    def nearest(self, among: NDArray[np.bool_]) -> int:
        return self.first_of(among & (self.here_s != NO_WAY_S), self.here_s)

    def soonest(self, among: NDArray[np.bool_]) -> int:
        """Of those that could serve the job first."""
        return self.first_of(among & self.firsts.possible, self.firsts.arrive_s)

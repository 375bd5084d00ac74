"""SummaryWriter's methods for a run as a whole: hyperparameters and session logs."""

from __future__ import annotations

from ..schema.event import Event, SessionLog
from ..summary.scalar_summary import scalar
from .scalars import ScalarMethods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ..schema.summary import Summary


class SessionMethods(ScalarMethods):
    """What of SummaryWriter says how its run relates to others."""

    def _set_up(self) -> None:
        super()._set_up()
        self._has_session = False
        self._sub_sessions = 0

    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any] | Sequence[str],
        hparam_domain_discrete: Mapping[str, Sequence[Any]] | str | None = None,
        run_name: Any = None,
        global_step: Any = None,
        *,
        name: str | None = None,
        hparam_domain_interval: Mapping[str, tuple[float, float]] | None = None,
        group_name: str = "",
    ) -> None:
        """Log the hyperparameters of this run, and which of its scalars are metrics.

        Metrics with a number are logged as scalars, at `global_step` or behind the tag's last step;
        those that are None, or of a list of tags, are for later. The session ends when the writer
        is closed. With a `run_name` (tensorboardX's `name`), and where this run has
        hyperparameters already, they are those of a sub-run, which ends at once.
        See summary.hparams.
        """
        from ..summary.hparams_summary import hparams, to_metrics

        if isinstance(hparam_domain_discrete, str):  # tensorboardX has the name here, a step next.
            name, hparam_domain_discrete = hparam_domain_discrete, None
            run_name, global_step = None, global_step if run_name is None else run_name
        now, step = self._clock(), self._step_of(global_step, None)
        made = hparams(
            hparam_dict, metric_dict, hparam_domain_discrete, start_time_secs=now,
            hparam_domain_interval=hparam_domain_interval, group_name=group_name,
        )  # fmt: skip
        metrics = to_metrics(metric_dict)
        if run_name or name or self._has_session:
            self._add_sub_session(run_name or name, made, metrics, step, now)
        else:
            self._begin_session(made, metrics, None if global_step is None else step, now)

    def _begin_session(
        self, made: Summary, metrics: dict[str, float], step: int | None, now: float
    ) -> None:
        """Log a session as the run's own, its metrics behind what their tags hold already."""
        self._has_session = True
        first = self._step_of(step, None)
        self.file_writer.add_summary(made, first, now)
        for tag, value in metrics.items():
            follows = step is None and tag in self._last_steps
            self.add_scalar(tag, value, self._last_steps[tag] + 1 if follows else first, now)

    def _add_sub_session(
        self, run: str | None, made: Summary, metrics: dict[str, float], step: int, now: float
    ) -> None:
        """Log a session, from its start to its end, as a sub-run's."""
        from ..summary.hparams_summary import session_end

        self._sub_sessions += 1
        log = self.file_writer.sub_run(run or f"hparams-{now:.3f}-{self._sub_sessions}")
        scalars = [scalar(tag, value) for tag, value in metrics.items()]
        for summary in (made, *scalars, session_end(True, now)):
            log.write_event(Event(wall_time=now, step=step, summary=summary))

    def _end_session(self, success: bool) -> None:
        """Say how the session of hyperparameters ended, if there was one: before closing."""
        if self._has_session:
            from ..summary.hparams_summary import session_end

            self._has_session = False
            now = self._clock()
            self.file_writer.add_summary(session_end(success, now), 0, now)

    def add_session_log(self, session_log: SessionLog, global_step: Any = None) -> None:
        """Log the start, a checkpoint or the end of a session. TensorBoard drops what was logged
        from a START's step on, as a restart repeats it.
        """
        if not isinstance(session_log, SessionLog):
            raise TypeError(f"session_log must be a SessionLog, got {session_log!r:.80}")
        step = self._step_of(global_step, None)
        self.file_writer.add_event(Event(session_log=session_log), step, self._time_of(None))
        if session_log.status == SessionLog.START:
            for key, last in self._last_steps.items():
                self._last_steps[key] = min(last, step - 1)

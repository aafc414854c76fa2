"""Figures of one process and the internal port that shows them: /metrics, /livez and /readyz. Labels name no member."""

import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_wsgi_app
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from exchange.log import dropped

STALE_S: Final = 10.0
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


def _log_figures(registry: CollectorRegistry) -> None:
    """What was kept out of the log: a figure that grows is a line of ours that says too much."""
    Gauge("exchange_log_values_dropped", "Values that no key of the log lets through.", registry=registry).set_function(dropped)


class WorkerMetrics:
    """What the worker counts."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self.jobs = Counter("exchange_jobs", "Jobs that ended an attempt.", ("kind", "outcome"), registry=registry)
        self.job_seconds = Histogram("exchange_job_seconds", "Duration of one attempt.", ("kind",), registry=registry)
        self.oldest_due_s = Gauge("exchange_job_oldest_due_seconds", "Age of the oldest job that is due.", registry=registry)
        self.dead = Gauge("exchange_jobs_dead", "Dead letters that wait for an operator.", registry=registry)
        self.sequenced = Counter("exchange_events_sequenced", "Events given a position by this process.", registry=registry)
        self.sequencer_lag_s = Gauge(
            "exchange_sequencer_lag_seconds", "Age of the oldest event without a position.", registry=registry
        )
        self.sequencer = Gauge("exchange_sequencer", "1 in the process that is the sequencer.", registry=registry)
        self.valkey_up = Gauge("exchange_valkey_up", "1 while wake-ups arrive through Valkey.", registry=registry)
        self.deadlines = Counter("exchange_deadlines", "Jobs inserted because a deadline passed.", ("sweep",), registry=registry)
        self.anchored = Gauge("exchange_record_anchored", "Position of the last signed head kept outside.", registry=registry)
        self.ledger_findings = Gauge("exchange_ledger_findings", "Broken ledger rules at the last check.", registry=registry)
        _log_figures(registry)


class ApiMetrics:
    """What the api process counts."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self.requests = Counter("exchange_requests", "Requests answered.", ("method", "status"), registry=registry)
        self.request_seconds = Histogram("exchange_request_seconds", "Time to answer.", ("method",), registry=registry)
        _log_figures(registry)
        # Finding a figure by its labels takes longer than counting.
        self._answered: Final = cache(self._labelled)

    def observe(self, method: str, status: int, seconds: float) -> None:
        """One answered request; unknown methods share a label."""
        requests, duration = self._answered(method if method in METHODS else "other", status // 100)
        requests.inc()
        duration.observe(seconds)

    def _labelled(self, method: str, hundreds: int) -> tuple[Counter, Histogram]:
        return self.requests.labels(method, f"{hundreds}xx"), self.request_seconds.labels(method)


class Health:
    """Whether this process lives and may be used. The event loop beats; the internal port reads from its own thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._loop_beat = clock()
        self._work_beat: float | None = None
        self._stopping = False

    def beat(self) -> None:
        """The event loop turns."""
        self._loop_beat = self._clock()

    def worked(self) -> None:
        """The process reached what it needs to be of use: its database."""
        self._work_beat = self._clock()

    def stop(self) -> None:
        self._stopping = True

    @property
    def live(self) -> bool:
        return self._clock() - self._loop_beat < STALE_S

    @property
    def ready(self) -> bool:
        return not self._stopping and self.live and self._work_beat is not None and self._clock() - self._work_beat < STALE_S


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 5

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the standard library's
        """A scrape is no news."""


class InternalPort:
    """The listening port of one process; `port` is the one it got when 0 was asked."""

    def __init__(self, host: str, port: int, registry: CollectorRegistry, health: Health) -> None:
        metrics = make_wsgi_app(registry)

        def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            match environ.get("PATH_INFO"):
                case "/metrics":
                    return metrics(environ, start)
                case "/livez":
                    return _answer(start, health.live)
                case "/readyz":
                    return _answer(start, health.ready)
                case _:
                    start("404 Not Found", [("content-type", "text/plain")])
                    return [b"not found\n"]

        self._server = make_server(host, port, application, server_class=_Server, handler_class=_Quiet)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="internal port", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _answer(start: Callable[..., Any], good: bool) -> Iterable[bytes]:
    start("200 OK" if good else "503 Service Unavailable", [("content-type", "text/plain")])
    return [b"ok\n" if good else b"not ok\n"]

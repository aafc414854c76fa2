"""The load generator: a process of its own, raw keep-alive sockets, one JSON answer on standard output.

Reads a Plan as JSON from standard input. ``{n}`` in a request is replaced by a number that no other request has, so that each
write carries its own Idempotency-Key.
"""

import asyncio
import resource
import sys
import time

import msgspec
import uvloop


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to send: whole HTTP requests in turn, over this many connections, for this long."""

    host: str
    port: int
    requests: tuple[str, ...]
    connections: int = 16
    seconds: float = 2.0
    first: int = 1
    # Requests a second in all; 0: as fast as answers come.
    rate: float = 0.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `cpu` is the share of one processor that this process used."""

    answers: int
    errors: int
    rps: float
    p50_ms: float
    p99_ms: float
    cpu: float
    sample_error: str = ""


class _Counter:
    """Numbers of requests, and what became of them."""

    def __init__(self, first: int) -> None:
        self.next = first
        self.latencies: list[float] = []
        self.errors = 0
        self.sample_error = ""


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """One whole HTTP/1.1 answer with a content-length."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    start = lower.find(b"content-length:")
    length = int(lower[start + 15 : lower.index(b"\r\n", start)]) if start >= 0 else 0
    return status, await reader.readexactly(length) if length else b""


async def _client(plan: Plan, counter: _Counter, until: float, index: int) -> None:
    reader, writer = await asyncio.open_connection(plan.host, plan.port)
    turn = index
    pause_s = plan.connections / plan.rate if plan.rate else 0.0
    due = time.perf_counter() + pause_s * index / plan.connections
    try:
        while time.perf_counter() < until:
            if pause_s:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            number = counter.next
            counter.next += 1
            text = plan.requests[turn % len(plan.requests)]
            turn += 1
            # With a rate the wait in the queue counts: from when it was due, not from when it could be sent.
            started = due if pause_s else time.perf_counter()
            writer.write(text.replace("{n}", str(number)).encode())
            status, body = await _answer(reader)
            counter.latencies.append(time.perf_counter() - started)
            due += pause_s
            if status >= 300:
                counter.errors += 1
                counter.sample_error = counter.sample_error or f"{status} {body[:300].decode(errors='replace')}"
    finally:
        writer.close()


async def run(plan: Plan) -> Outcome:
    """Send the plan; refused answers count as errors."""
    counter = _Counter(plan.first)
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    until = started + plan.seconds
    await asyncio.gather(*(_client(plan, counter, until, index) for index in range(plan.connections)))
    elapsed = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    ordered = sorted(counter.latencies) or [0.0]
    return Outcome(
        answers=len(counter.latencies),
        errors=counter.errors,
        rps=len(counter.latencies) / elapsed,
        p50_ms=ordered[len(ordered) // 2] * 1000,
        p99_ms=ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000,
        cpu=used / elapsed,
        sample_error=counter.sample_error,
    )


if __name__ == "__main__":
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(given))))

"""Sends generated requests of three kinds (right, wrong, hostile) to each operation and judges every answer."""

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, Literal

import hypothesis
import msgspec
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup

from exchange.app import describe
from tests.fuzz.actors import Actor
from tests.fuzz.hostile import TEXTS, spoilt, with_ids

Kind = Literal["right", "wrong", "hostile"]
KINDS: Final[tuple[Kind, ...]] = ("right", "wrong", "hostile")

# Operations that are not called, and why.
LEFT_OUT: Final = {
    "GET /api/v1/live": "a stream that lasts half a minute",
    "DELETE /api/v1/session": "it would sign the operator out",
    "POST /api/v1/session/company": "it would sign the operator out",
    "POST /api/v1/sandbox/clock": "each call ages the whole market by up to a month; tested by itself",
}
PROBLEM_FIELDS: Final = {"type", "title", "status", "detail", "code", "request_id"}
load_all_checks()
CONFORMS: Final = tuple(
    CHECKS.get_one(name) for name in ("content_type_conformance", "response_schema_conformance", "status_code_conformance")
)
TIMEOUT_S: Final = 30


class Finding(msgspec.Struct, frozen=True):
    """One answer that must not be, and how to get it again."""

    operation: str
    actor: str
    kind: str
    what: str
    curl: str


class Fuzz:
    """One actor's requests to one exchange."""

    def __init__(self, base_url: str, actor: Actor, ids: Mapping[str, list[str]], *, examples: int, seed: int) -> None:
        self._base_url = base_url
        self._actor = actor
        self._ids = {name: values for name, values in ids.items() if values}
        self._examples = examples
        self._seed = seed
        self._http = requests.Session()
        # How often each status was answered.
        self.answers: Counter[int] = Counter()

    def run(self, only: str = "") -> Iterator[Finding]:
        """Every operation whose label holds `only`, in each kind; yields what was found."""
        for operation in operations():
            if only in operation.label and operation.label not in LEFT_OUT:
                # Elsewhere an operator and there a member is refused before anything is looked at: one request shows that.
                at_home = (self._actor.name == "operator") == ("/operator/" in operation.path)
                for kind in kinds(operation) if at_home else KINDS[:1]:
                    yield from self._explore(operation, kind, self._examples if at_home else 1)

    def _explore(self, operation: Any, kind: Kind, examples: int) -> Iterator[Finding]:
        """One operation with requests of one kind, up to the first finding."""
        mode = schemathesis.GenerationMode.NEGATIVE if kind == "wrong" else schemathesis.GenerationMode.POSITIVE
        found: list[Finding] = []

        @hypothesis.seed(self._seed)
        @hypothesis.settings(
            max_examples=examples,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode), data=st.data())
        def send(case: Any, data: st.DataObject) -> None:
            if not found:
                self._prepare(case, data.draw, kind)
                wrong = self._judge(case)
                if wrong:
                    curl = case.as_curl_command()
                    found.append(Finding(operation.label, self._actor.name, kind, wrong, curl))

        try:
            send()
        except hypothesis.errors.Unsatisfiable:
            # Nothing can be wrong with a request that has neither parameters nor a body.
            assert kind == "wrong", operation.label
        yield from found

    def _prepare(self, case: Any, draw: st.DrawFn, kind: Kind) -> None:
        """Ids that exist, and hostile values where this kind wants them."""
        for name in case.path_parameters or {}:
            known = self._ids.get(name)
            if known and (kind != "wrong" or draw(st.booleans())):
                case.path_parameters[name] = draw(st.sampled_from(known))
        if kind != "wrong" and isinstance(case.body, dict | list):
            case.body = with_ids(case.body, self._ids, draw)
        if kind == "hostile":
            if isinstance(case.body, dict | list) and case.media_type == "application/json":
                case.body = draw(spoilt(case.body))
            elif case.query:
                case.query[draw(st.sampled_from(sorted(case.query)))] = draw(st.sampled_from(TEXTS))

    def _judge(self, case: Any) -> str:
        """What is wrong with the answer; empty: nothing."""
        case.headers = {**_other_headers(case), **self._actor.headers}
        case.cookies = dict(self._actor.cookies)
        try:
            answer = case.call(base_url=self._base_url, session=self._http, timeout=TIMEOUT_S)
        except requests.exceptions.RequestException as error:
            return "" if isinstance(error, requests.exceptions.InvalidHeader) else f"no answer: {error}"
        self.answers[answer.status_code] += 1
        if answer.status_code >= 500:
            return f"{answer.status_code}: {answer.text[:300]}"
        if answer.status_code >= 400:
            return _problem(answer)
        try:
            case.validate_response(answer, checks=list(CONFORMS))
        except FailureGroup as error:
            return f"{answer.status_code}: " + "; ".join(str(failure) for failure in error.exceptions)
        return ""


def _other_headers(case: Any) -> dict[str, str]:
    """The generated headers but the one that says who acts."""
    return {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}


def kinds(operation: Any) -> tuple[Kind, ...]:
    """The kinds of requests that differ: where there is neither a query nor a body, nothing can be made hostile."""
    return KINDS if operation.body or operation.query else KINDS[:2]


@cache
def operations() -> list[Any]:
    """The operations of the document, in the order of their paths."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_dict(describe())
        found = [item.ok() for item in schema.get_all_operations()]
    return sorted(found, key=lambda operation: (operation.path, operation.method))


def _problem(answer: Any) -> str:
    """What is wrong with a refusal; empty: it is a problem document."""
    kind = ",".join(answer.headers.get("content-type", []))
    if kind != "application/problem+json":
        return f"{answer.status_code} is no problem document but {kind or 'nothing'}"
    body = msgspec.json.decode(answer.content)
    missing = PROBLEM_FIELDS - body.keys()
    if missing or body["status"] != answer.status_code:
        return f"{answer.status_code}: a problem without {sorted(missing) or 'the right status'}"
    return ""

"""Guarantee 30: a field that the exchange decides is refused in a body, never ignored and never taken."""

from datetime import timedelta
from typing import Any, Final

import httpx2

from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.children import child
from exchange.bench.faults.members import api_key, member
from exchange.bench.faults.trade import PAPER
from exchange.domain.rfq import service as rfqs
from exchange.ids import new_id

# What the exchange alone decides, with values that somebody would like.
SERVER_OWNED: Final[dict[str, Any]] = {
    "id": "01900000-0000-7000-8000-000000000001",
    "number": "PO-0000-0001",
    "status": "live",
    "version": 7,
    "company_id": "01900000-0000-7000-8000-000000000002",
    "buyer_id": "01900000-0000-7000-8000-000000000002",
    "created_at": "2020-01-01T00:00:00Z",
    "created_by": "01900000-0000-7000-8000-000000000003",
    "verified_at": "2020-01-01T00:00:00Z",
    "approved": True,
    "roles": ["owner"],
    "operator": True,
    "fee_percent": "0",
    "price_micro": 1,
    "gross_minor": 1,
    "market_id": "01900000-0000-7000-8000-000000000004",
    "__proto__": {"operator": True},
}
OFFER: Final = {**PAPER, "terms": {"payment": "direct_after_acceptance"}}
LINE: Final = {"category": "other", "text": "Copy paper", "quantity": "10", "unit": "C62", "region": "VN-SG"}


async def claim(plan: Plan) -> Figures:
    """Right bodies with one field too many, at the top and inside a list."""
    refused = named = taken = sent = 0
    async with (
        plan.ground.place() as place,
        child(place, "serve", without=() if plan.guarded else ("closed-bodies",)) as api,
    ):
        ctx = await member(place, "Climber")
        async with (await place.database("exchange_api", 1)).tx(ctx) as tx:
            due = (await rfqs.now(tx) + timedelta(days=3)).isoformat()
        bodies: dict[str, dict[str, Any]] = {
            "/offers": OFFER,
            "/rfqs": {"title": "Copy paper", "currency": "VND", "lines": [LINE], "terms": OFFER["terms"], "due_at": due},
            "/own/addresses": {"kind": "warehouse", "street": "1 Test Street", "province": "VN-SG", "hours": "8-17"},
        }
        key = await api_key(place, ctx)
        async with httpx2.AsyncClient(base_url=f"{api.url}/api/v1", headers={"Authorization": f"Bearer {key}"}) as client:
            for path, body in bodies.items():
                for field, value in SERVER_OWNED.items():
                    for claimed in _with(body, field, value):
                        answer = await client.post(path, json=claimed, headers={"Idempotency-Key": new_id().hex})
                        sent += 1
                        taken += answer.status_code < 300
                        refused += answer.status_code == 422
                        named += any(item["code"] == "unknown-field" for item in answer.json().get("errors", ()))
    return {"sent": sent, "refused": refused, "named": named, "taken": taken}


def _with(body: dict[str, Any], field: str, value: object) -> list[dict[str, Any]]:
    """The body with that field at the top, and in the first item of each list of objects."""
    made = [{**body, field: value}]
    for name, items in body.items():
        if isinstance(items, list) and items and isinstance(items[0], dict):
            made.append({**body, name: [{**items[0], field: value}]})
    return made


CASES: Final = (
    Case(
        id="30f",
        name="fields that the exchange decides stand in a body",
        attempt=claim,
        exercised=lambda f: f["sent"] >= 3 * len(SERVER_OWNED),
        holds=lambda f: f["taken"] == 0 and f["refused"] == f["named"] == f["sent"],
    ),
)

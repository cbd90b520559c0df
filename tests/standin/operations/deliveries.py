"""The App's webhook log: list, look at and repeat deliveries."""

from typing import Any

from tests.standin.courier import Delivery
from tests.standin.web import Answer, Call, invalid, not_found, operation

GOOD = range(200, 400)


@operation("GET", "/app/hook/deliveries", caller="app", query="per_page cursor status")
def list_deliveries(call: Call) -> Answer:
    """Answer with the newest deliveries; ``cursor`` is the id to go on below."""
    status, cursor = call.query.get("status"), call.query.get("cursor")
    if status not in {None, "success", "failure"} or not (cursor or "0").isdecimal():
        raise invalid("status is success or failure, cursor comes from the Link header.")
    fitting = [
        each
        for each in sorted(call.world.courier.kept(), key=lambda each: -each.id)
        if (cursor is None or each.id < int(cursor))
        and status in {None, "success" if each.status_code in GOOD else "failure"}
    ]
    size = call.page_size()
    shown = fitting[:size]
    headers = {}
    if len(fitting) > size:
        headers["Link"] = f'<{call.url(cursor=shown[-1].id)}>; rel="next"'
    return Answer([item(each) for each in shown], headers=headers)


@operation("GET", "/app/hook/deliveries/{delivery_id}", caller="app")
def get_delivery(call: Call) -> Answer:
    """Answer with one delivery, its request and its response."""
    found = wanted(call)
    request = {"headers": dict(found.headers), "payload": found.payload}
    response = {"headers": {}, "payload": found.answer}
    return Answer(item(found) | {"url": "", "request": request, "response": response})


@operation("POST", "/app/hook/deliveries/{delivery_id}/attempts", caller="app")
def repeat_delivery(call: Call) -> Answer:
    """Deliver again, same guid and body, a moment later."""
    courier = call.world.courier
    courier.later(courier.again(wanted(call)))
    return Answer({}, 202)


def wanted(call: Call) -> Delivery:
    """Return the delivery of the path, or 404."""
    number = call.number("delivery_id")
    for each in call.world.courier.kept():
        if each.id == number:
            return each
    raise not_found()


def item(delivery: Delivery) -> dict[str, Any]:
    """Return a ``hook-delivery-item``."""
    payload = delivery.payload
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": delivery.delivered_at,
        "redelivery": delivery.redelivery,
        "duration": delivery.duration,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": payload.get("installation", {}).get("id"),
        "repository_id": payload.get("repository", {}).get("id"),
        "throttled_at": None,
    }

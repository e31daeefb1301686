"""The answer of protocols that ask for nothing but a success."""

import json
from collections.abc import Sequence
from http import HTTPStatus

from fastapi import Response

from pager.adapters.web.api.receipts import Receipt
from pager.adapters.web.intake.protocol import Result


def committed(results: Sequence[Result]) -> Response:
    """202, with what became of each event."""
    events = [
        {
            "action": result.event.action,
            "service_id": result.service_id,
            "state": result.receipt.state,
            "incident": result.receipt.incident,
            "changed": result.receipt.changed,
        }
        for result in results
        if isinstance(result.receipt, Receipt)
    ]
    answer = json.dumps({"events": events})
    return Response(answer, HTTPStatus.ACCEPTED, media_type="application/json")

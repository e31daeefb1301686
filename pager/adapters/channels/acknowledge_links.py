"""The acknowledge link of a page: signed, and valid for one incident and one Target."""

from collections.abc import Sequence

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_encode
from pydantic import TypeAdapter, ValidationError

from pager.errors import PagerError
from pager.messages import Acknowledgement, Notification

_payload = TypeAdapter(tuple[str, int, str])


class BadLink(PagerError):
    """This link is not one that Pager has sent: copy the whole of it from the page."""


class AcknowledgeLinks:
    """Makes acknowledge links, and reads them back."""

    def __init__(self, public_url: str, keys: Sequence[bytes]) -> None:
        """`keys`: the last one signs, all of them are accepted. Links begin with `public_url`."""
        self.public_url = public_url.rstrip("/")
        self._serializer = URLSafeSerializer(list(keys), salt="acknowledge")
        # Its key is derived once, not for each link.
        derived = self._serializer.make_signer().derive_key()
        self._signer = Signer(derived, key_derivation="none")

    def link(self, notification: Notification) -> str:
        """The link that acknowledges the Notification's incident in its Target's name."""
        payload = (notification.service_id, notification.incident, notification.target.key)
        # As the serializer would, in a quarter of the time: it would try to compress it as well.
        token = self._signer.sign(base64_encode(_payload.dump_json(payload))).decode()
        return f"{self.public_url}/acknowledge/{token}"

    def incident_page(self, notification: Notification) -> str:
        """The URL of the incident's page in the console: it has no secret, and asks who you are."""
        return f"{self.public_url}/incidents/{notification.service_id}/{notification.incident}"

    def read(self, token: str) -> Acknowledgement:
        """The Acknowledgement that the link with `token` stands for. Raises BadLink."""
        try:
            service_id, incident, by = _payload.validate_python(self._serializer.loads(token))
            return Acknowledgement(service_id=service_id, incident=incident, by=by)
        except (BadData, ValidationError) as error:
            raise BadLink from error

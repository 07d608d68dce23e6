"""Addresses of the pages a citizen may open, behind signed tokens."""

from dataclasses import dataclass, replace

from backend.message import Body, Notice, Reply
from backend.secrets import Signer


@dataclass(frozen=True, slots=True)
class Links:
    """Turns references as they stand in notices (`order:NUMBER`, `survey:TOKEN`) into addresses.

    `base` is how citizens reach this server, e.g. https://12345.example.gov.cn .
    """

    base: str
    signer: Signer

    def order(self, number: str) -> str:
        """A citizen's own page of an order."""
        return f"{self.base}/order/{self.signer.sign('order', number)}"

    def survey(self, token: str) -> str:
        """The page of a survey."""
        return f"{self.base}/survey/{token}"

    def resolve(self, reference: str) -> str:
        """The address behind a reference; anything else stays as it is."""
        kind, _, value = reference.partition(":")
        if kind == "order":
            return self.order(value)
        if kind == "survey":
            return self.survey(value)
        return reference

    def addressed(self, body: Body) -> Body:
        """What is sent, with the address of its page."""
        if isinstance(body, Notice):
            return replace(body, url=self.resolve(body.url))
        return self.linked(body)

    def linked(self, reply: Reply) -> Reply:
        """The same for what answers in the chat."""
        return replace(reply, page=self.resolve(reply.page))

"""The life of a message: written in a transaction, taken by the provider, delivered or not. That it was read in the
portal, or that somebody was reached in person, is a proof of its own and moves no status."""

from enum import StrEnum

from app.lifecycle import Machine


class MessageStatus(StrEnum):
    POSTED = "posted"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


class MessageEvent(StrEnum):
    SEND = "send"
    DELIVER = "deliver"
    FAIL = "fail"


MESSAGE = Machine(
    "message",
    MessageStatus.POSTED,
    {
        (MessageStatus.POSTED, MessageEvent.SEND): MessageStatus.SENT,
        (MessageStatus.POSTED, MessageEvent.FAIL): MessageStatus.FAILED,
        (MessageStatus.SENT, MessageEvent.DELIVER): MessageStatus.DELIVERED,
        (MessageStatus.SENT, MessageEvent.FAIL): MessageStatus.FAILED,
    },
)

WORDS = {
    MessageStatus.POSTED: ("已存入收件箱", "in the portal's inbox"),
    MessageStatus.SENT: ("短信已发出", "sent by SMS"),
    MessageStatus.DELIVERED: ("短信已送达", "delivered by SMS"),
    MessageStatus.FAILED: ("短信未送达", "not delivered by SMS"),
}

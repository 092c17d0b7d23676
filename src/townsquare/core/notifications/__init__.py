"""What people are told: in the product, and by mail after the commit."""

from townsquare.core.notifications.telling import (
    BadAddress,
    NotificationRow,
    SendMail,
    notify,
    send_mail,
)

__all__ = ["BadAddress", "NotificationRow", "SendMail", "notify", "send_mail"]

"""What people are told: in the product, and by mail after the commit."""

from townsquare.core.notifications.telling import (
    BadAddress,
    NotificationRow,
    Reader,
    SendMail,
    notify,
    notify_all,
    send_mail,
)

__all__ = [
    "BadAddress",
    "NotificationRow",
    "Reader",
    "SendMail",
    "notify",
    "notify_all",
    "send_mail",
]

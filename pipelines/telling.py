"""Tells people who do not look at Dagster: a chat by a webhook, or mail. Either only where the environment names it.

The environment holds the addresses, because a webhook's address and a mail server's password are secrets.
"""

import os
import smtplib
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

WEBHOOK = "SKU_ALIGN_SLACK_WEBHOOK"
MAIL_TO = "SKU_ALIGN_MAIL_TO"
# smtp://user:password@host:587, smtps:// for TLS from the first byte.
MAIL_SERVER = "SKU_ALIGN_MAIL_SERVER"
_TIMEOUT_S = 10


def post(title: str, text: str) -> None:
    """Post to the webhook that SKU_ALIGN_SLACK_WEBHOOK names.

    Raises:
        httpx.HTTPError: It did not take it.
    """
    if webhook := os.environ.get(WEBHOOK):
        import httpx

        httpx.post(webhook, json={"text": text}, timeout=_TIMEOUT_S).raise_for_status()


def mail(title: str, text: str) -> None:
    """Mail to the addresses that SKU_ALIGN_MAIL_TO names, separated by commas.

    Raises:
        OSError: The server did not take it.
    """
    if not (to := os.environ.get(MAIL_TO)):
        return
    server = urlsplit(os.environ.get(MAIL_SERVER, "smtp://127.0.0.1:25"))
    message = EmailMessage()
    message["Subject"], message["To"], message["From"] = title, to, f"sku-align@{server.hostname}"
    message.set_content(text)
    kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    with kind(server.hostname or "", server.port or 0, timeout=_TIMEOUT_S) as connection:
        if server.username:
            if server.scheme != "smtps":
                connection.starttls()
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message)

"""Somebody at a browser who comes to the door with a password of their own."""

import re

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PASSWORD = "seven red bicycles"  # noqa: S105 (the secret of nobody)
MAYA = {"name": "Maya Santos", "email": "Maya@Example.org", "password": PASSWORD}


class Browser:
    """Somebody at a browser: reads a form, sends it with its token, follows what mails say."""

    def __init__(self, app):
        self.app, self.client = app, app.test_client()

    def send(self, form, told, *, to=None):
        sent = {**told, "csrf_token": self.token_of(form)}
        return self.client.post(to or form, data=sent)

    def token_of(self, form):
        return TOKEN.search(self.client.get(form).text)[1]

    def sign_in(self, email="maya@example.org", password=PASSWORD, **more):
        return self.send("/account/sign-in", {"email": email, "password": password, **more})

    @property
    def is_in(self):
        return self.client.get("/account").status_code == 200

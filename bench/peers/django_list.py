"""Django's ORM: the same list of 20 documents."""

import os
from hashlib import sha256
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["BENCH_DATABASE"],
            "CONN_MAX_AGE": None,
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of-the-bench",
)
django.setup()


class Document(models.Model):
    """A document of the library."""

    public_id = models.TextField()
    title = models.TextField()
    subtitle = models.TextField()
    filing_title = models.TextField()
    names = models.TextField()
    published_year = models.IntegerField(null=True)
    language = models.TextField()
    material = models.TextField()
    state = models.TextField()

    class Meta:
        app_label = "bench"
        db_table = "library_document"
        managed = False


class Copy(models.Model):
    """A copy of a document."""

    document = models.ForeignKey(Document, models.DO_NOTHING, related_name="copies")
    state = models.TextField()

    class Meta:
        app_label = "bench"
        db_table = "library_copy"
        managed = False


class Account(models.Model):
    """Somebody who may sign in."""

    name = models.TextField()
    disabled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "bench"
        db_table = "core_account"
        managed = False


class Session(models.Model):
    """A browser in which somebody is signed in."""

    account = models.ForeignKey(Account, models.DO_NOTHING)
    key_hash = models.TextField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "bench"
        db_table = "core_session"
        managed = False


def _who(request: HttpRequest) -> Account | None:
    digest = sha256(request.COOKIES.get("townsquare-session", "").encode()).hexdigest()
    kept = Session.objects.select_related("account")
    found = kept.filter(key_hash=digest, ended_at=None, account__disabled_at=None).first()
    return found and found.account


def _counted(**which: object) -> models.Func:
    copies = Copy.objects.filter(document=models.OuterRef("pk"), **which).order_by()
    number = copies.values("document").annotate(n=models.Count("pk")).values("n")
    return Coalesce(models.Subquery(number), 0)


def documents(request: HttpRequest) -> HttpResponse:
    """Answer 20 documents after one of them."""
    if _who(request) is None:
        return HttpResponse(status=401)
    after = request.GET.get("after", "")
    title = Document.objects.filter(public_id=after).values_list("filing_title", flat=True).first()
    found = (
        Document.objects.filter(state="published", filing_title__gte=title)
        .exclude(filing_title=title, public_id__lte=after)
        .annotate(copies_=_counted(), available=_counted(state="available"))
        .order_by("filing_title", "public_id")[:20]
    )
    return JsonResponse([_told(document) for document in found], safe=False)


def _told(document: Any) -> dict[str, object]:  # noqa: ANN401 (Django's models have no types)
    return {
        "id": document.public_id,
        "title": document.title,
        "subtitle": document.subtitle,
        "names": document.names,
        "published_year": document.published_year,
        "language": document.language,
        "material": document.material,
        "state": document.state,
        "copies": document.copies_,
        "available": document.available,
    }


urlpatterns = [path("api/v1/library/documents", documents)]


def create_app() -> WSGIHandler:
    """Return the peer."""
    return get_wsgi_application()

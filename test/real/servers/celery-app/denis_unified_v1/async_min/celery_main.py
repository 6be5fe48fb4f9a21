"""Test equipment: the application under the name that commands/denis/service.yml gives to `celery -A`."""

from tasks import app

__all__ = ["app"]

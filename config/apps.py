from django.apps import AppConfig

from config import checks


class SiteConfig(AppConfig):
    """The site as a whole: its checks, its start page and that page's style."""

    name = "config"
    verbose_name = "Softbox"
    checks = checks

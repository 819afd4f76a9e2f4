from django.apps import AppConfig


class ImagingConfig(AppConfig):
    name = "imaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let every process that ends jobs know the dialects in which that is told."""
        from imaging.api.compat import paqshot, prodvisual_answers  # noqa: F401 (they register)

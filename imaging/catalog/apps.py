from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "imaging.catalog"
    label = "catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from imaging.catalog import import_slices
        from imaging.schedules import SCHEDULES

        SCHEDULES.update(import_slices.SCHEDULES)

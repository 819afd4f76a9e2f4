from django.apps import AppConfig


class ShopsConfig(AppConfig):
    name = "integrations.shops"
    label = "shops"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from imaging.schedules import SCHEDULES
        from integrations.shops import working

        working.listen()
        SCHEDULES.update(working.SCHEDULES)

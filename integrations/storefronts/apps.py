from django.apps import AppConfig


class StorefrontsConfig(AppConfig):
    name = "integrations.storefronts"
    label = "storefronts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from imaging.schedules import SCHEDULES
        from integrations.storefronts import building

        building.listen()
        SCHEDULES.update(building.SCHEDULES)

"""A worker serves no address."""

urlpatterns: list[object] = []

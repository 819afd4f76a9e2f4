"""Widgets of the staff pages' own forms: unfold gives its look only to forms of models."""

from __future__ import annotations

from django import forms
from unfold import widgets

# The first class that a field is an instance of decides.
_LOOKS: tuple[tuple[type[forms.Field], type[forms.Widget]], ...] = (
    (forms.ModelChoiceField, widgets.UnfoldAdminSelectWidget),
    (forms.ChoiceField, widgets.UnfoldAdminSelectWidget),
    (forms.SplitDateTimeField, widgets.UnfoldAdminSplitDateTimeWidget),
    (forms.EmailField, widgets.UnfoldAdminEmailInputWidget),
    (forms.DecimalField, widgets.UnfoldAdminDecimalFieldWidget),
    (forms.IntegerField, widgets.UnfoldAdminIntegerFieldWidget),
    (forms.CharField, widgets.UnfoldAdminTextInputWidget),
)


def dress(field: forms.Field) -> None:
    """Give a form's field unfold's widget of its kind; what it may hold stays as it is."""
    look = next(widget for kind, widget in _LOOKS if isinstance(field, kind))
    dressed = look()
    dressed.is_required = field.required
    dressed.attrs |= field.widget_attrs(dressed)
    if isinstance(field, forms.ChoiceField):
        dressed.choices = field.choices  # type: ignore[attr-defined]  # a Select has them
    field.widget = dressed

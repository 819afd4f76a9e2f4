"""Middleware of the whole site."""

from __future__ import annotations

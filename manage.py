#!/usr/bin/env python
"""Django's command line for Softbox."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # A command has one thread: a pool would only hide why a connection failed.
    os.environ["DATABASE_POOL_MAX"] = "0"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

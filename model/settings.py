"""What differs from one team to the next, from manifests/settings/settings.env."""

from pathlib import Path

FILE = "manifests/settings/settings.env"
PROJECT = Path(__file__).parents[1]


def parse_settings(text: str) -> dict[str, str]:
    """Returns the values by name; a line is NAME=VALUE, a comment or empty."""
    lines = (line.partition("=") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in lines}


SETTINGS = parse_settings((PROJECT / FILE).read_text())
NAME = SETTINGS["NAME"]
NAMESPACE = SETTINGS["NAMESPACE"]
IMAGE = SETTINGS["IMAGE"]

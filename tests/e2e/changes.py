"""Changes of the manifests that tests commit."""

import json
import re
from collections.abc import Callable
from typing import Any

import yaml

from .delivery import Edit


def replace(before: str, after: str) -> Edit:
    """Other words, wherever they stand."""
    return lambda text: text.replace(before, after)


def edit_json(change: Callable[[dict[str, Any]], object]) -> Edit:
    """`change` changes what the file says, in place."""

    def edit(text: str) -> str:
        content = json.loads(text)
        change(content)
        return json.dumps(content, indent=1) + "\n"

    return edit


def edit_yaml(change: Callable[[dict[str, Any]], object]) -> Edit:
    """The same of a YAML file with one document; its comments are lost."""

    def edit(text: str) -> str:
        content = yaml.safe_load(text)
        change(content)
        return str(yaml.safe_dump(content, sort_keys=False))

    return edit


def set_memory(amount: str, count: int) -> Edit:
    """The server's: the first of its figures is what it requests, the second its limit. The judge keeps its own."""

    def edit(text: str) -> str:
        before, name, server = text.partition("- name: kserve-container\n")
        return before + name + re.sub(r"memory: \S+", f"memory: {amount}", server, count=count)

    return edit

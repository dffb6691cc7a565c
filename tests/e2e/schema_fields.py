"""Every field that a custom resource's schema has, with a value that the schema accepts."""

from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]
Schema = dict[str, Any]
SCALARS: dict[str, Any] = {"string": "other", "integer": 77, "number": 77, "boolean": True}


def fields(schema: Schema, depth: int, prefix: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The fields down to `depth` names, each with a value. What lies deeper and each list count as one field."""
    for name, part in schema.get("properties", {}).items():
        path = (*prefix, name)
        if part.get("properties") and len(path) < depth:
            yield from fields(part, depth, path)
        else:
            yield path, value(part)


def value(schema: Schema) -> Any:
    """Something that the schema accepts and that no object of a test has."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "date-time":
        return "2001-01-01T00:00:00Z"
    if schema.get("x-kubernetes-int-or-string"):
        return 77
    kind = schema.get("type")
    if kind == "array":
        return [value(schema["items"])]
    if kind != "object":
        return SCALARS.get(kind or "", {})
    properties = schema.get("properties", {})
    if not properties:
        return {"other": value(schema.get("additionalProperties") or {"type": "string"})}
    names = schema.get("required") or list(properties)[:1]
    return {name: value(properties[name]) for name in names}


def change(path: Path, new: Any, schema: Schema, present: Any) -> Any:
    """A merge patch that sets this field, and what its schema requires beside it where nothing is there yet."""
    if not path:
        if new == present and "enum" in schema:
            return next(other for other in schema["enum"] if other != present)
        return (not present) if isinstance(new, bool) else new
    name, present = path[0], present if isinstance(present, dict) else {}
    properties = schema["properties"]
    missing = [other for other in schema.get("required", []) if other not in present]
    patch = {other: value(properties[other]) for other in missing}
    return patch | {name: change(path[1:], new, properties[name], present.get(name))}


def present_fields(thing: Any, prefix: Path = ()) -> Iterator[Path]:
    """Every field that an object has, whole parts of it included."""
    if isinstance(thing, dict):
        for name, part in thing.items():
            yield (*prefix, name)
            yield from present_fields(part, (*prefix, name))


def nest(path: Path, new: Any) -> Any:
    """{"a": {"b": new}} for the path a, b."""
    for name in reversed(path):
        new = {name: new}
    return new


def has_default(path: Path, schema: Schema) -> bool:
    """The API server fills this field in again when it is removed."""
    for name in path:
        schema = schema.get("properties", {}).get(name, {})
    return "default" in schema

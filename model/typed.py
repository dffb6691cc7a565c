"""Whether what was read from JSON has the type that it should have."""

from typing import Any, get_args, get_origin, get_type_hints, is_typeddict


def fits(value: object, kind: Any) -> bool:
    """Whether a value of JSON is of a type.

    Args:
        value: what json.loads gave.
        kind: a TypedDict (other keys may be there, too), `list[X]`, `dict[str, X]`, Any, or a type that JSON has.
    """
    if kind is Any:
        return True
    if is_typeddict(kind):
        if not isinstance(value, dict) or not value.keys() >= kind.__required_keys__:
            return False
        return all(fits(value[name], part) for name, part in get_type_hints(kind).items() if name in value)
    parts = get_args(kind)
    if get_origin(kind) is list:
        return isinstance(value, list) and all(fits(each, parts[0]) for each in value)
    if get_origin(kind) is dict:
        return isinstance(value, dict) and all(fits(each, parts[1]) for each in value.values())
    return type(value) in ((int, float) if kind is float else (kind,))  # True is no int here

"""Writes card.json so that a change of one entry changes few lines."""

import json


def write_card(path, card):
    """One line for each scalar, list of scalars or innermost object; labels ten to a line."""
    labels = card["labels"]
    text = _indented({**card, "labels": "@labels"}, "")
    lines = [", ".join(json.dumps(label) for label in labels[i : i + 10]) for i in range(0, len(labels), 10)]
    path.write_text(text.replace('"@labels"', "[\n  " + ",\n  ".join(lines) + "\n ]") + "\n")


def _indented(value, margin):
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or len(flat) < 120 and margin:
        return flat
    inner = margin + " "
    if isinstance(value, list):
        return "[\n" + ",\n".join(inner + _indented(item, inner) for item in value) + f"\n{margin}]"
    items = (f"{inner}{json.dumps(key)}: {_indented(item, inner)}" for key, item in value.items())
    return "{\n" + ",\n".join(items) + f"\n{margin}}}"

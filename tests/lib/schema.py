# SPDX-License-Identifier: GPL-2.0-only
"""Judges outputs of `tamiz NOUN --json` by a schema: schema.py SCHEMA FILE...

A FILE holds JSON values, one behind the other. Each must be as the schema
says, and all together must show every member that the schema describes: a
member that no output has is one that nobody has looked at. Exits with 77
when Python has no jsonschema.
"""

import json
import sys

try:
    from jsonschema import Draft202012Validator, validators
except ImportError:
    print("no python3-jsonschema: outputs are not judged")
    sys.exit(77)

failed = False


def complain(text):
    global failed
    failed = True
    print("FAILED: " + text)


def described(schema, path, found):
    """Notes the path of every member; conditions describe nothing."""
    if isinstance(schema, list):
        for i, part in enumerate(schema):
            described(part, f"{path}/{i}", found)
    if not isinstance(schema, dict):
        return
    for name in schema.get("properties", {}):
        found[id(schema["properties"]), name] = f"{path}.{name}"
    if schema.get("properties") and schema.get("additionalProperties", True):
        complain(f"{path}: lets other members in")
    for key, part in schema.items():
        if key == "properties":
            for name, member in part.items():
                described(member, f"{path}.{name}", found)
        elif key == "$defs":
            for name, definition in part.items():
                described(definition, name, found)
        elif key != "if":
            described(part, path, found)


def values_of(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    decoder = json.JSONDecoder()
    at = 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        yield value


def main(schema_path, *paths):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    unseen = {}
    described(schema, "", unseen)
    as_written = Draft202012Validator.VALIDATORS["properties"]

    def properties(validator, members, instance, part):
        if isinstance(instance, dict):
            for name in instance:
                unseen.pop((id(members), name), None)
        return as_written(validator, members, instance, part)

    validator = validators.extend(
        Draft202012Validator, {"properties": properties})(schema)
    n = 0
    for path in paths:
        for value in values_of(path):
            n += 1
            for error in validator.iter_errors(value):
                complain(f"{path}: {error.json_path}: {error.message[:300]}")
    for name in unseen.values():
        complain(f"{schema_path}: no output has {name}")
    if not n:
        complain("no output")


main(*sys.argv[1:])
sys.exit(failed)

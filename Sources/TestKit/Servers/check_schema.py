"""Holds YAML against a JSON schema (draft-07): reads {"schema": SCHEMA, "yaml": TEXT} on its input, and prints
{"faults": [MESSAGE...]} as one line of JSON."""

import json
import sys

import jsonschema_rs
import yaml

given = json.load(sys.stdin.buffer)
jsonschema_rs.meta.validate(given["schema"])
document = yaml.load(given["yaml"], yaml.CSafeLoader)
faults = [error.message for error in jsonschema_rs.Draft7Validator(given["schema"]).iter_errors(document)]
print(json.dumps({"faults": faults}))

"""Reads YAML on its input, and prints it as one line of JSON."""

import json
import sys

import yaml

print(json.dumps(yaml.load(sys.stdin.buffer, yaml.CSafeLoader), ensure_ascii=False, separators=(",", ":")))

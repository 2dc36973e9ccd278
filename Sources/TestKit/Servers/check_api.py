"""Holds a running service to its description: `check_api.py URL TOKEN EXAMPLES` makes requests by /openapi.json with
schemathesis, and prints `{"passed":…,"output":…}`. schemathesis reads this file too, for the hooks."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.parse

# How long the run and one answer may take, in seconds.
TIME_LIMIT = 600
LONGEST_ANSWER = "120"

# What the service has, by the parameters of paths.
KNOWN = {
    "lead": ["a/b", "c", "over", "new"], "id": ["a/b/1/2"], "name": ["broken", "gone"], "number": ["2", "3", "4"],
    "map": ["m", "left", "unable"],
}


def run(url, token, examples):
    here = os.path.dirname(os.path.abspath(__file__))
    program = [sys.executable, "-c", "import schemathesis.cli; schemathesis.cli.schemathesis()"]
    program += ["--config-file", os.path.join(here, "check_api.toml")]
    program += ["run", url + "/openapi.json", "--header", "Authorization: Bearer " + token]
    program += ["--checks", "all", "--max-examples", examples]
    program += ["--continue-on-failure", "--warnings", "off"]
    # How long an answer takes is not what this is about.
    program += ["--request-timeout", LONGEST_ANSWER, "--max-response-time", LONGEST_ANSWER]
    environment = os.environ | {"PYTHONPATH": here, "SCHEMATHESIS_HOOKS": "check_api", "PYTHONDONTWRITEBYTECODE": "1"}
    # It leaves files where it runs.
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(
            program, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=TIME_LIMIT, check=False)
    print(json.dumps({"passed": ran.returncode == 0, "output": ran.stdout.decode(errors="replace")}))


def hook():
    import jsonschema_rs
    import schemathesis
    from hypothesis import strategies

    leads = ["L1", "a/b", "c", "another"]
    rest = [
        {"do": "assign", "map": "m"}, {"do": "assign", "map": "none"}, {"do": "complete", "step": "t/s"},
        {"do": "advance"}, {"do": "remove", "step": "f/b"}, {"do": "status", "to": "won"}, {"do": "retry"},
        {"do": "set", "fields": {"n": 1}, "id": "k"}, {"do": "rerun", "incident": 1, "again": True},
        {"do": "set", "by": "plugin:x"}, {"do": "dance"},
    ]
    lines = [json.dumps({"lead": lead} | command) for lead in leads for command in rest]
    lines += ["", "{", "[]", '{"do":"release","plugin":"greeting"}']
    streams = strategies.lists(strategies.sampled_from(lines), max_size=20).map("\n".join)

    @schemathesis.hook
    def before_generate_body(context, strategy):
        """What a stream has in its lines, its schema does not say."""
        return streams if context.operation.path == "/v1/commands" else strategy

    @schemathesis.serializer("application/jsonl")
    def as_bytes(ctx, value):
        return str(value).encode()

    @schemathesis.hook
    def before_add_examples(context, examples):
        """What is there to be seen, beside the examples of the description."""
        operation = context.operation
        quoted = urllib.parse.quote
        for name, values in KNOWN.items():
            if operation.method == "get" and "{" + name + "}" in operation.path:
                examples += [operation.Case(path_parameters={name: quoted(value, safe="")}) for value in values]

    @schemathesis.hook
    def filter_case(context, case):
        """Leaves out what a schema cannot tell to be wrong: a step without its map, a stream that is a value, an id in two
        places, 7.0 for 7, and texts that are too long in bytes alone."""
        query, path, body = case.query or {}, case.path_parameters or {}, case.body
        if "step" in query and "map" not in query:
            return False
        if case.operation.path == "/v1/commands":
            return not isinstance(body, (dict, list, int, float, type(None)))
        texts = [(query.get("lead"), 128), (urllib.parse.unquote(str(path.get("lead", ""))), 128)]
        if isinstance(body, dict):
            if "id" in body and "Idempotency-Key" in (case.headers or {}) or isinstance(body.get("incident"), float):
                return False
            texts += [(body.get("id"), 512), (body.get("by"), 512)]
        return not any(
            isinstance(text, str) and len(text) <= limit < len(text.encode(errors="replace")) for text, limit in texts)

    @schemathesis.check
    def line_conformance(ctx, response, case):
        """Each line of a stream has the form that its `x-line` describes."""
        content = case.operation.definition.raw["responses"].get(str(response.status_code), {}).get("content", {})
        form = content.get("application/jsonl", {}).get("x-line")
        if form is None:
            return
        document = case.operation.schema.raw_schema
        validator = jsonschema_rs.Draft202012Validator(form | {"components": document["components"]})
        for line in response.content.splitlines():
            for error in validator.iter_errors(json.loads(line)):
                raise AssertionError(f"{error.message} in {line.decode()}")


if __name__ == "__main__":
    run(*sys.argv[1:])
else:
    hook()

"""Verifies a request as a receiver does: `{"secret":…,"headers":{…},"body":BASE64}` on its input."""

import base64
import json
import sys

from standardwebhooks.webhooks import Webhook

given = json.load(sys.stdin)
print(json.dumps(Webhook(given["secret"]).verify(base64.b64decode(given["body"]), given["headers"])))

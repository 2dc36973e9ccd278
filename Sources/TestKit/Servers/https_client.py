"""Asks once over TLS, and prints the status and the body as JSON.

Arguments: the port, the file of the certificate that is trusted, a path, and a token. What TLS refuses is printed as `error`.
"""

import http.client
import json
import ssl
import sys

port, authority, path, token = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
connection = http.client.HTTPSConnection("127.0.0.1", int(port), context=context, timeout=60)
try:
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    response = connection.getresponse()
    answer = {"status": response.status, "body": response.read().decode(), "tls": connection.sock.version()
              if connection.sock else None}
except ssl.SSLError as error:
    answer = {"error": error.reason}
print(json.dumps(answer), flush=True)

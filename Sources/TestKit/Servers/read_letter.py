"""Reads a letter from its input as mail programs do, and says what it found as JSON."""

import email
import email.policy
import json
import sys

letter = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = [part for part in letter.walk() if not part.is_multipart()]
print(
    json.dumps(
        {
            "headers": {name.lower(): str(value) for name, value in letter.items()},
            "type": letter.get_content_type(),
            "parts": [{"type": part.get_content_type(), "text": part.get_content()} for part in parts],
            "defects": [str(defect) for part in letter.walk() for defect in part.defects],
        }
    )
)

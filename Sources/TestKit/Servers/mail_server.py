"""A mail server on loopback: says its port, then each letter that it took as a line of JSON, until its input ends.

mail_server.py [--tls CERTIFICATE KEY] [--starttls CERTIFICATE KEY] [--login USER PASSWORD]

The part of a recipient before the @ says what becomes of a letter: `refused` (550 at RCPT), `later` (450 at RCPT),
`unwanted` (554 after the letter), `full` (452 after the letter), `closing` (421 after the letter), `silent` (the connection
is cut when the letter is there), `breaking` (it is cut within the letter), `mute` (no reply to RCPT while it runs), `waiting` (none to the
letter), and any other is taken.
"""

import argparse
import asyncio
import base64
import json
import ssl
import sys

from aiosmtpd.smtp import AuthResult, SMTP


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        kind = address.split("@")[0]
        if kind == "refused":
            return "550 5.1.1 there is nobody of that name"
        if kind == "later":
            return "450 4.2.1 come again"
        if kind == "mute":
            await asyncio.Event().wait()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        kind = envelope.rcpt_tos[0].split("@")[0]
        if kind == "unwanted":
            return "554 5.7.1 this is not wanted here"
        if kind == "full":
            return "452 4.2.2 the mailbox is full"
        if kind == "closing":
            return "421 4.3.2 closing"
        letter = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "bytes": base64.b64encode(envelope.original_content).decode(),
            "secured": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
            "login": session.auth_data.login.decode() if session.auth_data else None,
        }
        print(json.dumps(letter), flush=True)
        if kind == "silent":
            server.transport.abort()
        if kind == "waiting":
            await asyncio.Event().wait()
        return "250 2.0.0 taken"


class Server(SMTP):
    async def smtp_DATA(self, arg):
        if not self.envelope.rcpt_tos or not self.envelope.rcpt_tos[0].startswith("breaking@"):
            return await super().smtp_DATA(arg)
        await self.push("354 go on")
        await self._reader.read(1)
        self.transport.abort()
        # What came is not a command; the end of the connection ends this.
        await asyncio.Event().wait()


def context(files):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*files)
    return made


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--starttls", nargs=2)
    parser.add_argument("--login", nargs=2)
    given = parser.parse_args()
    options = {"enable_SMTPUTF8": True}
    if given.starttls:
        options.update(tls_context=context(given.starttls), require_starttls=True)
    if given.login:
        user, password = (text.encode() for text in given.login)

        def authenticate(server, session, envelope, mechanism, data):
            is_right = (data.login, data.password) == (user, password)
            return AuthResult(success=is_right, handled=False, auth_data=data)

        options.update(authenticator=authenticate, auth_required=True, auth_require_tls=False)

    async def serve():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Server(Handler(), **options), "127.0.0.1", 0, ssl=context(given.tls) if given.tls else None)
        print(server.sockets[0].getsockname()[1], flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
        server.close()

    asyncio.run(serve())


main()

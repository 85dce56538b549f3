"""Twilio's own Python library against the simulator: send, list, fetch, and validate what it calls.

Run by the test `official_libraries`; what it speaks to is named by environment variables. Ends with 0 if everything held.
"""

import json
import os
import threading
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

BASE = os.environ["TWILIO_BASE_URL"]
SID = os.environ["TWILIO_ACCOUNT_SID"]
TOKEN = os.environ["TWILIO_AUTH_TOKEN"]
NUMBER = os.environ["TWILIO_NUMBER"]
SERVICE = os.environ["TWILIO_SERVICE"]
CLIENT = "+14155550117"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"picture" * 100

called = []


class Webhooks(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        called.append((self.path, body, self.headers["X-Twilio-Signature"]))
        self.send_response(204)
        self.end_headers()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(PICTURE)))
        self.end_headers()
        self.wfile.write(PICTURE)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Webhooks)
threading.Thread(target=server.serve_forever, daemon=True).start()
here = f"http://127.0.0.1:{server.server_port}"


def simulator(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{BASE}/_simulator{path}", data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def settled():
    simulator("GET", "/settled")


def refused(code, **message):
    try:
        twilio.messages.create(**message)
    except TwilioRestException as refusal:
        assert refusal.code == code, f"{refusal.code} instead of {code}: {refusal}"
        assert refusal.status in (400, 401, 404, 409, 429), refusal.status
    else:
        raise AssertionError(f"{message} was taken instead of refused with {code}")


def validated(path_begins):
    """The calls to a path, each validated, each refused when anything in it is another."""
    validator = RequestValidator(TOKEN)
    calls = [call for call in called if call[0].startswith(path_begins)]
    parsed = []
    for path, body, signature in calls:
        fields = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        assert validator.validate(here + path, fields, signature), path
        assert not validator.validate(here + path, {**fields, "To": "+1"}, signature), "tampered field"
        assert not validator.validate(here + path + "1", fields, signature), "another URL"
        assert not RequestValidator("other").validate(here + path, fields, signature), "another token"
        parsed.append(fields)
    return parsed


twilio = Client(SID, TOKEN)
twilio.api.base_url = BASE

# Send, and be told of every status.
sent = twilio.messages.create(
    to=CLIENT, from_=NUMBER, body="Olá & 1+1=2 ☂", status_callback=f"{here}/status?outbox=1#rc=5&rp=all"
)
assert sent.sid.startswith("SM") and sent.status == "queued" and sent.date_sent is None, sent.status
settled()
statuses = validated("/status?outbox=1")
assert [call["MessageStatus"] for call in statuses] == ["queued", "sending", "sent", "delivered"], statuses
assert all(call["MessageSid"] == sent.sid and call["AccountSid"] == SID for call in statuses)

fetched = twilio.messages(sent.sid).fetch()
assert fetched.status == "delivered" and fetched.body == "Olá & 1+1=2 ☂" and fetched.direction == "outbound-api"
assert fetched.date_sent >= fetched.date_created > datetime.now(timezone.utc) - timedelta(minutes=5)
assert (fetched.num_segments, fetched.num_media, fetched.error_code) == ("1", "0", None)

# A service picks the number.
by_service = twilio.messages.create(to=CLIENT, messaging_service_sid=SERVICE, body="by service")
assert by_service.status == "accepted" and by_service.from_ is None and by_service.num_segments == "0"
settled()
assert twilio.messages(by_service.sid).fetch().from_ == NUMBER

# Pictures.
mms = twilio.messages.create(to=CLIENT, from_=NUMBER, media_url=[f"{here}/1.png", f"{here}/2.png"])
assert mms.sid.startswith("MM") and mms.num_media == "2"
settled()
media = twilio.messages(mms.sid).media.list()
assert [m.content_type for m in media] == ["image/png", "image/png"]
assert twilio.messages(mms.sid).media(media[0].sid).fetch().parent_sid == mms.sid
with urllib.request.urlopen(BASE + media[0].uri.removesuffix(".json")) as picture:
    assert picture.read() == PICTURE
assert twilio.messages(mms.sid).media(media[0].sid).delete()
assert len(twilio.messages(mms.sid).media.list()) == 1

# Lists: newest first, filtered, page by page.
for n in range(7):
    twilio.messages.create(to="+14155550133", from_=NUMBER, body=f"number {n}")
settled()
listed = twilio.messages.list(to="+14155550133", page_size=3)
assert [m.body for m in listed] == [f"number {n}" for n in reversed(range(7))], [m.body for m in listed]
assert len(twilio.messages.list(to="+14155550133", limit=4, page_size=3)) == 4
page = twilio.messages.page(to="+14155550133", page_size=3)
second = page.next_page()
assert [m.body for m in second] == ["number 3", "number 2", "number 1"]
assert [m.body for m in second.previous_page()] == ["number 6", "number 5", "number 4"]
now = datetime.now(timezone.utc)
since = lambda **when: len(twilio.messages.list(to="+14155550133", **when))
assert since(date_sent_after=now - timedelta(minutes=5)) == 7
assert since(date_sent_after=now + timedelta(minutes=5)) == 0
assert since(date_sent_before=now - timedelta(minutes=5)) == 0
assert since(date_sent=now.date()) + since(date_sent=now.date() - timedelta(days=1)) == 7
assert twilio.messages.list(from_="+15550000000") == []

# Refusals carry Twilio's codes.
refused(21211, to="not a number", from_=NUMBER, body="x")
refused(21606, to=CLIENT, from_="+14155550199", body="x")
refused(21212, to=CLIENT, from_="12", body="x")
refused(21602, to=CLIENT, from_=NUMBER)
refused(21603, to=CLIENT, body="x")
refused(21604, to="", from_=NUMBER, body="x")
refused(21617, to=CLIENT, from_=NUMBER, body="x" * 1601)
refused(21705, to=CLIENT, messaging_service_sid="MG" + "0" * 32, body="x")
refused(21610, to="+15005550004", from_=NUMBER, body="x")
refused(21623, to=CLIENT, from_=NUMBER, media_url=[f"{here}/{n}.png" for n in range(11)])
refused(21609, to=CLIENT, from_=NUMBER, body="x", status_callback="nowhere")

# A client writes; the webhook is signed. STOP is honoured until START.
account = {"account_sid": SID, "auth_token": TOKEN, "numbers": [{"number": NUMBER, "webhook_url": f"{here}/inbound"}]}
account["services"] = [{"sid": SERVICE, "numbers": [NUMBER]}]
simulator("PUT", "/accounts", account)
simulator("POST", "/inbound", {"to": NUMBER, "from": CLIENT, "body": "Bonjour, ça va ?"})
(inbound,) = validated("/inbound")
assert (inbound["Body"], inbound["From"], inbound["SmsStatus"]) == ("Bonjour, ça va ?", CLIENT, "received")
simulator("POST", "/inbound", {"to": NUMBER, "from": CLIENT, "body": "Stop"})
refused(21610, to=CLIENT, from_=NUMBER, body="x")
refused(21610, to=CLIENT, messaging_service_sid=SERVICE, body="x")
simulator("POST", "/inbound", {"to": NUMBER, "from": CLIENT, "body": "START"})
twilio.messages.create(to=CLIENT, from_=NUMBER, body="again")
settled()

# A final failure is told with its code.
simulator("PUT", "/knobs", {"outcomes": {CLIENT: {"status": "undelivered", "error_code": 30006}}})
failed = twilio.messages.create(to=CLIENT, from_=NUMBER, body="x", status_callback=f"{here}/failed")
settled()
assert validated("/failed")[-1]["ErrorCode"] == "30006"
assert twilio.messages(failed.sid).fetch().error_code == 30006
simulator("PUT", "/knobs", {})

# Taking away.
assert twilio.messages(sent.sid).update(body="").body == ""
assert twilio.messages(sent.sid).delete()
try:
    twilio.messages(sent.sid).fetch()
    raise AssertionError("a deleted message was fetched")
except TwilioRestException as refusal:
    assert (refusal.status, refusal.code) == (404, 20404)

# Somebody else's token.
stranger = Client(SID, "wrong")
stranger.api.base_url = BASE
try:
    stranger.messages(by_service.sid).fetch()
    raise AssertionError("a wrong token was taken")
except TwilioRestException as refusal:
    assert (refusal.status, refusal.code) == (401, 20003)

print("everything held")

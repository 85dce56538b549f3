"""Meta's own Python library (Messenger, Instagram) and PyWa (WhatsApp) against the simulator: send, be refused, fetch files,
and validate what it calls.

Run by the test `official_libraries`; what it speaks to is named by environment variables. Ends with 0 if everything held.
"""

import json
import os
import pathlib
import tempfile
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pywa.utils
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession
from pywa import WhatsApp, errors, types

BASE = os.environ["META_BASE_URL"]
TOKEN = os.environ["META_ACCESS_TOKEN"]
SECRET = os.environ["META_APP_SECRET"]
NUMBER = os.environ["META_NUMBER"]
PAGE = os.environ["META_PAGE"]
IG = os.environ["META_INSTAGRAM"]
CLIENT = "14155550117"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"picture" * 100

called = []


class Webhooks(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        called.append((body, self.headers["X-Hub-Signature-256"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Webhooks)
threading.Thread(target=server.serve_forever, daemon=True).start()
here = f"http://127.0.0.1:{server.server_port}/hook"


def simulator(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{BASE}/_simulator{path}", data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def heard(product, account, hours_ago):
    told = {"product": product, "account": account, "client": CLIENT, "hours_ago": hours_ago}
    simulator("PUT", "/heard", told)


def told():
    """What the webhooks heard since the last time, each validated, each refused when anything in it is another."""
    simulator("GET", "/settled")
    calls, called[:] = called[:], []
    for body, signature in calls:
        assert pywa.utils.webhook_updates_validator(SECRET, body, signature)
        assert not pywa.utils.webhook_updates_validator(SECRET, body + b" ", signature)
        assert not pywa.utils.webhook_updates_validator("other", body, signature)
    return [json.loads(body) for body, _ in calls]


def statuses():
    return [body["entry"][0]["changes"][0]["value"]["statuses"][0] for body in told()]


def events():
    return [body["entry"][0]["messaging"][0] for body in told()]


for product, account in [("whatsapp", NUMBER), ("messenger", PAGE), ("instagram", IG)]:
    new = {"product": product, "id": account, "app_secret": SECRET, "access_token": TOKEN, "webhook_url": here}
    simulator("PUT", "/accounts", new)
    heard(product, account, 1)


# WhatsApp.
def whatsapp(token=TOKEN):
    session = httpx.Client()
    client = WhatsApp(phone_id=NUMBER, token=token, session=session)
    # PyWa knows Meta's own host alone.
    session.base_url = httpx.URL(str(session.base_url).replace("https://graph.facebook.com", BASE))
    return client


wa = whatsapp()
sent = wa.send_message(to=CLIENT, text="Olá & 1+1=2 ☂", tracker="outbox:1")
assert sent.id.startswith("wamid."), sent
heard_of = statuses()
assert [status["status"] for status in heard_of] == ["sent", "delivered"], heard_of
assert all(status["id"] == sent.id and status["recipient_id"] == CLIENT for status in heard_of)
# PyWa may write more into its tracker than it was given.
assert all("outbox:1" in status["biz_opaque_callback_data"] for status in heard_of), heard_of

media = wa.upload_media(media=PICTURE, mime_type="image/png", filename="plan.png")
described = wa.get_media_url(media_id=media.id)
assert (described.mime_type, described.file_size) == ("image/png", len(PICTURE)), described
folder = pathlib.Path(tempfile.mkdtemp())
got = wa.download_media(url=described.url, path=folder, filename="plan.png")
assert pathlib.Path(got).read_bytes() == PICTURE
picture = wa.send_image(to=CLIENT, image=media.id, caption="the plan")
assert picture.id != sent.id
statuses()
assert wa.mark_message_as_read(message_id="wamid.theirs")
assert wa.delete_media(media_id=media.id)

heard("whatsapp", NUMBER, 25)
wa.send_message(to=CLIENT, text="late")
(failed,) = statuses()
assert (failed["status"], failed["errors"][0]["code"]) == ("failed", 131047), failed
simulator("PUT", "/knobs", {"window_at_once": True})
try:
    wa.send_message(to=CLIENT, text="late")
    raise AssertionError("it was taken outside of its window")
except errors.ReEngagementMessage as refusal:
    assert refusal.code == 131047
heard("whatsapp", NUMBER, 1)
simulator("PUT", "/knobs", {"throttled": {"next": 1, "per_mille": 0}})
try:
    wa.send_message(to=CLIENT, text="too many")
    raise AssertionError("it was taken beyond the limit")
except errors.WhatsAppError as refusal:
    assert refusal.code == 130429
try:
    whatsapp("other").send_message(to=CLIENT, text="x")
    raise AssertionError("a wrong token was taken")
except errors.WhatsAppError as refusal:
    assert refusal.code == 190

# A client writes, as PyWa understands it.
inbound = {"product": "whatsapp", "to": NUMBER, "from": CLIENT, "text": "¿Hay ascensor?"}
simulator("POST", "/inbound", inbound)
(update,) = told()
message = types.Message.from_update(wa, update)
assert (message.text, message.from_user.wa_id, message.metadata.phone_number_id) == ("¿Hay ascensor?", CLIENT, NUMBER)

# Messenger and Instagram.
FacebookSession.GRAPH = BASE
api = FacebookAdsApi.init(access_token=TOKEN, app_secret=SECRET, crash_log=False)


def page(path, **more):
    params = {"recipient": {"id": CLIENT}, "message": {"text": "Bonjour, ça va ?"}, **more}
    return api.call("POST", [path, "messages"], params=params).json()


answer = page(PAGE, messaging_type="RESPONSE", message={"text": "Bonjour", "metadata": "outbox:2"})
assert answer["recipient_id"] == CLIENT
echo, delivery = events()
assert echo["message"] == {
    "mid": answer["message_id"],
    "is_echo": True,
    "metadata": "outbox:2",
    "text": "Bonjour",
}, echo
assert delivery["delivery"]["mids"] == [answer["message_id"]]

answer = page(IG)
(echo,) = events()
assert (echo["message"]["mid"], echo["message"]["text"]) == (answer["message_id"], "Bonjour, ça va ?")

for product, account, subcode in [("messenger", PAGE, 2018278), ("instagram", IG, 2534022)]:
    heard(product, account, 25)
    try:
        page(account, messaging_type="RESPONSE")
        raise AssertionError("it was taken outside of its window")
    except FacebookRequestError as refusal:
        assert (refusal.api_error_code(), refusal.api_error_subcode()) == (10, subcode), refusal
    assert page(account, messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT")["message_id"]
told()

print("everything held")

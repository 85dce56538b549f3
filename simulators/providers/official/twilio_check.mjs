// Twilio's own Node library against the simulator: send, list, fetch, and validate what it calls.
//
// Run by the test `official_libraries`; what it speaks to is named by environment variables. Ends with 0 if everything held.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import twilio from "twilio";

const base = process.env.TWILIO_BASE_URL;
const sid = process.env.TWILIO_ACCOUNT_SID;
const token = process.env.TWILIO_AUTH_TOKEN;
const number = process.env.TWILIO_NUMBER;
const service = process.env.TWILIO_SERVICE;
const client = "+14155550117";

const called = [];
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  called.push({ path: request.url, body, signature: request.headers["x-twilio-signature"] });
  response.writeHead(204).end();
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const here = `http://127.0.0.1:${server.address().port}`;

const simulator = (method, path, body) =>
  fetch(`${base}/_simulator${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  }).then((answer) => assert.ok(answer.ok, `${path}: ${answer.status}`));
const settled = () => simulator("GET", "/settled");

/** The calls to a path, each validated, each refused when anything in it is another. */
function validated(begins) {
  const calls = called.filter(({ path }) => path.startsWith(begins));
  return calls.map(({ path, body, signature }) => {
    const fields = Object.fromEntries(new URLSearchParams(body));
    assert.ok(twilio.validateRequest(token, signature, here + path, fields), path);
    assert.ok(!twilio.validateRequest(token, signature, here + path, { ...fields, To: "+1" }));
    assert.ok(!twilio.validateRequest(token, signature, `${here}${path}1`, fields));
    assert.ok(!twilio.validateRequest("other", signature, here + path, fields));
    return fields;
  });
}

const refused = (code, message) =>
  assert.rejects(api.messages.create(message), (refusal) => {
    assert.equal(refusal.code, code, refusal.message);
    return true;
  });

const api = twilio(sid, token);
api.api.baseUrl = base;

// Send, and be told of every status.
const sent = await api.messages.create({
  to: client,
  from: number,
  body: "Chào anh & 1+1=2",
  statusCallback: `${here}/status?outbox=1#rc=5&rp=all`,
});
assert.ok(sent.sid.startsWith("SM"));
assert.equal(sent.status, "queued");
assert.equal(sent.dateSent, null);
await settled();
const statuses = validated("/status?outbox=1");
assert.deepEqual(
  statuses.map((call) => call.MessageStatus),
  ["queued", "sending", "sent", "delivered"],
);
assert.ok(statuses.every((call) => call.MessageSid === sent.sid));

const fetched = await api.messages(sent.sid).fetch();
assert.equal(fetched.status, "delivered");
assert.equal(fetched.body, "Chào anh & 1+1=2");
assert.ok(fetched.dateSent >= fetched.dateCreated);

// A service picks the number.
const byService = await api.messages.create({ to: client, messagingServiceSid: service, body: "by service" });
assert.equal(byService.status, "accepted");
assert.equal(byService.from, null);
await settled();
assert.equal((await api.messages(byService.sid).fetch()).from, number);

// Lists: newest first, filtered, page by page.
const other = "+14155550148";
for (let n = 0; n < 7; n++) await api.messages.create({ to: other, from: number, body: `number ${n}` });
await settled();
const bodies = (messages) => messages.map((message) => message.body);
assert.deepEqual(
  bodies(await api.messages.list({ to: other, pageSize: 3 })),
  [6, 5, 4, 3, 2, 1, 0].map((n) => `number ${n}`),
);
const first = await api.messages.page({ to: other, pageSize: 3 });
const second = await first.nextPage();
assert.deepEqual(bodies(second.instances), ["number 3", "number 2", "number 1"]);
assert.deepEqual(bodies((await second.previousPage()).instances), ["number 6", "number 5", "number 4"]);
const minutes = (n) => new Date(Date.now() + n * 60_000);
assert.equal((await api.messages.list({ to: other, dateSentAfter: minutes(-5) })).length, 7);
assert.equal((await api.messages.list({ to: other, dateSentAfter: minutes(5) })).length, 0);
assert.equal((await api.messages.list({ to: other, dateSentBefore: minutes(-5) })).length, 0);

// Refusals carry Twilio's codes.
await refused(21211, { to: "not a number", from: number, body: "x" });
await refused(21606, { to: client, from: "+14155550199", body: "x" });
await refused(21602, { to: client, from: number });
await refused(21610, { to: "+15005550004", from: number, body: "x" });

// A client writes; the webhook is signed.
await simulator("PUT", "/accounts", {
  account_sid: sid,
  auth_token: token,
  numbers: [{ number, webhook_url: `${here}/inbound` }],
});
await simulator("POST", "/inbound", { to: number, from: client, body: "¿Hay ascensor?" });
const [inbound] = validated("/inbound");
assert.equal(inbound.Body, "¿Hay ascensor?");
assert.equal(inbound.NumMedia, "0");

// Taking away.
assert.ok(await api.messages(sent.sid).remove());
await assert.rejects(api.messages(sent.sid).fetch(), { status: 404, code: 20404 });

const stranger = twilio(sid, "wrong");
stranger.api.baseUrl = base;
await assert.rejects(stranger.messages.list({ limit: 1 }), { status: 401, code: 20003 });

server.closeAllConnections();
server.close();
console.log("everything held");

// The carrier that messages leave by: our own simulator of Twilio, as a process, with its faults to order.
import { spawn } from 'node:child_process';
import { ask } from './api.mjs';
import { ADMIN, BINARY, TWILIO } from './settings.mjs';

export class Carrier {
  static async start() {
    const args = ['simulate', 'twilio', '--listen', '127.0.0.1:0', '--account-sid', TWILIO.accountSid];
    args.push('--auth-token', TWILIO.authToken, '--number', TWILIO.number);
    const carrier = new Carrier();
    carrier.process = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    carrier.url = await new Promise((resolve, reject) => {
      carrier.process.once('exit', (code) => reject(new Error(`the simulator ended with ${code}`)));
      carrier.process.stdout.once('data', (line) => resolve(String(line).trim()));
    });
    // A test run that fails early takes it along.
    process.once('exit', () => carrier.process.kill());
    carrier.process.unref();
    carrier.process.stdout.unref?.();
    await carrier.carry();
    return carrier;
  }

  /** The number's messages go through here from now on. */
  async carry() {
    const { access_token } = await ask('POST', '/v1/sessions', ADMIN);
    const { items } = await ask('GET', '/v1/connections?limit=200', undefined, access_token);
    const ours = items.find(({ settings }) => settings.number === TWILIO.number);
    const change = { settings: { api_base_url: this.url } };
    await ask('PATCH', `/v1/connections/${ours.id}`, change, access_token, {
      'if-match': `"${ours.version}"`,
    });
  }

  /** The texts that it took, in their order. */
  async taken() {
    const { accepted } = await (await fetch(`${this.url}/_simulator/ledger`)).json();
    return accepted.map(({ body }) => body);
  }

  /** Its faults from now on: what is not named goes back to rest. */
  async turn(knobs) {
    const headers = { 'content-type': 'application/json' };
    const url = `${this.url}/_simulator/knobs`;
    const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(knobs) });
    if (!response.ok) throw new Error(`the simulator's knobs: ${response.status} ${await response.text()}`);
  }

  stop() {
    this.process.kill();
  }
}

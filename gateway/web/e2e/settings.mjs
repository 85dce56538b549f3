// What the test is told by whoever started the server: every value is needed, none is guessed.

function needed(name) {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: see gateway/web/README.md`);
  return value;
}

export const URL_OF_SERVER = needed('HEARTHLINE_URL');
export const EMAIL = needed('HEARTHLINE_EMAIL');
export const PASSWORD = needed('HEARTHLINE_PASSWORD');
export const ADMIN = {
  email: needed('HEARTHLINE_ADMIN_EMAIL'),
  password: needed('HEARTHLINE_ADMIN_PASSWORD'),
};
export const TEAM_LEAD = {
  email: needed('HEARTHLINE_LEAD_EMAIL'),
  password: needed('HEARTHLINE_LEAD_PASSWORD'),
};
export const SCREENSHOTS = needed('HEARTHLINE_SCREENSHOTS');
export const TWILIO = {
  hookUrl: needed('HEARTHLINE_HOOK_URL'),
  authToken: needed('HEARTHLINE_TWILIO_TOKEN'),
  accountSid: needed('HEARTHLINE_ACCOUNT_SID'),
  number: needed('HEARTHLINE_NUMBER'),
};
/** Our own program, for the simulator that is in it. */
export const BINARY = needed('HEARTHLINE_BINARY');
export const CHROMIUM = process.env.HEARTHLINE_CHROMIUM ?? '/usr/bin/chromium';

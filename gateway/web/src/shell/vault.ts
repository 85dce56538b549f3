/**
 * What a person may still read when there is no line: the deck and the threads they opened last.
 *
 * Promises: nothing is written in clear: each record is sealed (AES-GCM) with a key that this browser made, that
 * is never handed out, and that goes with everything else when the person signs out. A browser without the means,
 * or with a full disk, keeps nothing and works. Nothing of one person is found by another.
 * Does not know: what it keeps, or the network.
 */

const SEALED = 'sealed';
const KEYS = 'keys';
const KEY = 'own';
/** Records of a kind beyond these are forgotten, the longest untouched first: threads never push out drafts. */
const MOST_RECORDS = 31;

interface Record {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly bytes: ArrayBuffer;
  readonly atMs: number;
}

/** What was kept, and when. */
export interface Kept<T> {
  readonly value: T;
  readonly atMs: number;
}

export class Vault {
  readonly #name: string;
  #ahead: { readonly name: string; readonly found: Promise<Kept<unknown> | null> } | null = null;
  #opened: Promise<{ db: IDBDatabase; key: CryptoKey } | null> | null = null;

  constructor(userId: string) {
    this.#name = `hearthline.${userId}`;
  }

  async put(name: string, value: unknown): Promise<void> {
    const own = await this.open();
    if (own === null) return;
    try {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const text = new TextEncoder().encode(JSON.stringify(value));
      const bytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, own.key, text);
      const store = own.db.transaction(SEALED, 'readwrite').objectStore(SEALED);
      const record: Record = { iv, bytes, atMs: Date.now() };
      await done(store.put(record, name));
      await this.prune(own.db, kindOf(name));
    } catch {
      // A full disk: what was kept before stays.
    }
  }

  /** Begins to read what is about to be asked for; the next `get` of it takes that up. */
  warm(name: string): void {
    this.#ahead = { name, found: this.read(name) };
  }

  /** What that read finds, still there for the next `get`. */
  async warmed(name: string): Promise<Kept<unknown> | null> {
    return this.#ahead?.name === name ? this.#ahead.found : null;
  }

  /** The shape is what was put: nobody else can write here. */
  get(name: string): Promise<Kept<unknown> | null> {
    const ahead = this.#ahead;
    this.#ahead = null;
    return ahead?.name === name ? ahead.found : this.read(name);
  }

  private async read(name: string): Promise<Kept<unknown> | null> {
    const own = await this.open();
    if (own === null) return null;
    try {
      const store = own.db.transaction(SEALED, 'readonly').objectStore(SEALED);
      const record = (await done(store.get(name))) as Record | undefined;
      if (record === undefined) return null;
      const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: record.iv }, own.key, record.bytes);
      return { value: JSON.parse(new TextDecoder().decode(text)) as unknown, atMs: record.atMs };
    } catch {
      return null;
    }
  }

  async drop(name: string): Promise<void> {
    const own = await this.open();
    if (own === null) return;
    try {
      await done(own.db.transaction(SEALED, 'readwrite').objectStore(SEALED).delete(name));
    } catch {
      // It was not kept.
    }
  }

  /** Leaves nothing: the key first of all, with the database it is in. */
  async burn(): Promise<void> {
    const own = await this.#opened;
    own?.db.close();
    this.#opened = Promise.resolve(null);
    try {
      await done(indexedDB.deleteDatabase(this.#name));
    } catch {
      // There was none.
    }
  }

  private open(): Promise<{ db: IDBDatabase; key: CryptoKey } | null> {
    this.#opened ??= openDatabase(this.#name).catch(() => null);
    return this.#opened;
  }

  private async prune(db: IDBDatabase, kind: string): Promise<void> {
    const store = db.transaction(SEALED, 'readwrite').objectStore(SEALED);
    const keys = await done(store.getAllKeys());
    if (keys.length <= MOST_RECORDS) return;
    const records = (await done(store.getAll())) as readonly Record[];
    const alike = keys
      .map((key, index) => ({ key, atMs: records[index]?.atMs ?? 0 }))
      .filter(({ key }) => kindOf(key) === kind);
    if (alike.length <= MOST_RECORDS) return;
    const oldest = alike.sort((a, b) => a.atMs - b.atMs).slice(0, alike.length - MOST_RECORDS);
    await Promise.all(oldest.map(({ key }) => done(store.delete(key))));
  }
}

/** `thread.…`, `draft.…`, `deck`. */
function kindOf(name: IDBValidKey): string {
  return typeof name === 'string' ? (name.split('.')[0] ?? name) : '';
}

async function openDatabase(name: string): Promise<{ db: IDBDatabase; key: CryptoKey }> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(SEALED);
    request.result.createObjectStore(KEYS);
  };
  const db = await done(request);
  // Another tab signs out: this one must not stand in its way.
  db.onversionchange = () => {
    db.close();
  };
  const known = await knownKey(db.transaction(KEYS, 'readonly'));
  if (known !== undefined) return { db, key: known };
  const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  // Two tabs may get here at once: the first key that is written is everybody's.
  const writing = db.transaction(KEYS, 'readwrite');
  const others = await knownKey(writing);
  if (others !== undefined) return { db, key: others };
  await done(writing.objectStore(KEYS).put(fresh, KEY));
  return { db, key: fresh };
}

function knownKey(reading: IDBTransaction): Promise<CryptoKey | undefined> {
  return done(reading.objectStore(KEYS).get(KEY) as IDBRequest<CryptoKey | undefined>);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('the browser refused'));
    };
  });
}

// The provider's state, in memory: sessions, codes, tokens. A change of keys makes a new provider, which keeps this state.

const stored = new Map();

export class Storage {
  #model;

  constructor(model) {
    this.#model = model;
  }

  #key = (id) => `${this.#model}:${id}`;

  #first(wanted) {
    const now = Date.now();
    for (const [key, { payload, until }] of stored) {
      if (until < now) stored.delete(key);
      else if (key.startsWith(`${this.#model}:`) && wanted(payload)) return payload;
    }
    return undefined;
  }

  async upsert(id, payload, seconds) {
    stored.set(this.#key(id), { payload, until: seconds === undefined ? Infinity : Date.now() + seconds * 1000 });
  }

  async find(id) {
    const found = stored.get(this.#key(id));
    return found !== undefined && found.until >= Date.now() ? found.payload : undefined;
  }

  async findByUid(uid) {
    return this.#first((payload) => payload.uid === uid);
  }

  async findByUserCode(userCode) {
    return this.#first((payload) => payload.userCode === userCode);
  }

  async consume(id) {
    stored.get(this.#key(id)).payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    stored.delete(this.#key(id));
  }

  async revokeByGrantId(grantId) {
    for (const [key, { payload }] of stored) if (payload.grantId === grantId) stored.delete(key);
  }
}

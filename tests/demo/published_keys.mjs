// A published JWK set (RFC 7517), and the verification of tokens that its keys signed.

import { createPublicKey, verify } from "node:crypto";

// The shortest time between two requests for the keys: invented key ids must not cause one each.
const PAUSE_MS = 5_000;

const VERIFY = {
  EdDSA: (signed, key, signature) => verify(null, signed, key, signature),
  ES256: (signed, key, signature) => verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature),
};

const decoded = (part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));

export class PublishedKeys {
  #keys = new Map();
  #fetched = -Infinity;

  // `algorithm` is the only accepted one: `EdDSA` or `ES256`.
  constructor(url, algorithm) {
    this.url = url;
    this.algorithm = algorithm;
  }

  // The claims of a token of this type that one of the keys signed; throws with the reason otherwise.
  async open(token, type) {
    const parts = String(token).split(".");
    if (parts.length !== 3) throw new Error("there is no token");
    const header = decoded(parts[0]);
    if (header.alg !== this.algorithm || header.typ !== type) throw new Error(`not a token of type ${type} under ${this.algorithm}`);
    const key = await this.#key(header.kid);
    const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
    if (!VERIFY[this.algorithm](signed, key, Buffer.from(parts[2], "base64url"))) throw new Error("the signature does not verify");
    return decoded(parts[1]);
  }

  async #key(id) {
    if (!this.#keys.has(id) && Date.now() - this.#fetched > PAUSE_MS) {
      this.#fetched = Date.now();
      const { keys } = await (await fetch(this.url)).json();
      this.#keys = new Map(keys.map((key) => [key.kid, createPublicKey({ key, format: "jwk" })]));
    }
    const key = this.#keys.get(id);
    if (key === undefined) throw new Error("signed with a key that is not published");
    return key;
  }
}

// Remembers the id of each token for as long as it would pass: a token is good for one use.
export class SeenIds {
  #seen = new Map();
  #remembered;

  constructor(seconds) {
    this.#remembered = seconds * 1000;
  }

  isNew(id) {
    const forgotten = Date.now() - this.#remembered;
    for (const [old, at] of this.#seen) if (at < forgotten) this.#seen.delete(old);
    if (typeof id !== "string" || this.#seen.has(id)) return false;
    this.#seen.set(id, Date.now());
    return true;
  }
}

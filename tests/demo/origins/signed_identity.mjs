// How an origin believes Weir: the header `Weir-Identity` is a JWT of 60 s about one person and this one request.
//
//   header  {"alg":"EdDSA","kid":"…","typ":"weir-identity+jwt"}
//   claims  {"iss":GATEWAY,"aud":URL OF THIS ORIGIN,"sub":"alice","groups":[…],"team":"support","exp":…,"jti":"…","request_sha256":"…"}

import { createHash, createPublicKey, verify } from "node:crypto";

export const HEADER = "weir-identity";
const TYPE = "weir-identity+jwt";
const TOLERANCE_SECONDS = 60;
const LIFETIME_SECONDS = 60;
// An unknown key id does not cause a request for the gateway's keys each time.
const KEYS_PAUSE_MS = 5_000;

const now = () => Math.floor(Date.now() / 1000);
const decoded = (part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));

export class SignedIdentities {
  #keys = new Map();
  #fetched = -Infinity;
  #seen = new Map();

  constructor({ gateway, audience }) {
    this.gateway = new URL(gateway).origin;
    this.audience = audience;
  }

  // The claims about the sender of this body; throws with the reason if they are invalid.
  async open(token, body) {
    const parts = String(token).split(".");
    if (parts.length !== 3) throw new Error("there is no signed identity");
    const header = decoded(parts[0]);
    if (header.alg !== "EdDSA" || header.typ !== TYPE) throw new Error(`not an EdDSA token of type ${TYPE}`);
    const key = await this.#key(header.kid);
    const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
    if (!verify(null, signed, key, Buffer.from(parts[2], "base64url"))) throw new Error("the signature does not verify");
    const claims = decoded(parts[1]);
    if (claims.iss !== this.gateway) throw new Error("another gateway's identity");
    if (claims.aud !== this.audience) throw new Error("an identity for another origin");
    if (!(claims.exp > now() - TOLERANCE_SECONDS)) throw new Error("the identity has expired");
    if (claims.request_sha256 !== createHash("sha256").update(body).digest("hex")) throw new Error("an identity for another request");
    if (!this.#isNew(claims.jti)) throw new Error("the identity was used before");
    return claims;
  }

  async #key(id) {
    if (!this.#keys.has(id) && Date.now() - this.#fetched > KEYS_PAUSE_MS) {
      this.#fetched = Date.now();
      const response = await fetch(new URL("/oauth/jwks", this.gateway));
      const { keys } = await response.json();
      const usable = keys.filter(({ kty, crv }) => kty === "OKP" && crv === "Ed25519");
      this.#keys = new Map(usable.map((key) => [key.kid, createPublicKey({ key, format: "jwk" })]));
    }
    const key = this.#keys.get(id);
    if (key === undefined) throw new Error("signed with a key that the gateway does not publish");
    return key;
  }

  // Remembers each identity for as long as it would pass.
  #isNew(id) {
    const forgotten = now() - LIFETIME_SECONDS - TOLERANCE_SECONDS;
    for (const [old, at] of this.#seen) if (at < forgotten) this.#seen.delete(old);
    if (typeof id !== "string" || this.#seen.has(id)) return false;
    this.#seen.set(id, now());
    return true;
  }
}

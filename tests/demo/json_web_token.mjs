// The demo IdP's keys and tokens: ES256 with node:crypto; each key is announced before it signs and stays valid after it.

import { generateKeyPairSync, randomUUID, sign, verify } from "node:crypto";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

const newKey = () => ({ kid: randomUUID(), ...generateKeyPairSync("ec", { namedCurve: "P-256" }) });

// Three keys: the next one, announced only; the one that signs; the previous one, which still verifies. A reader that caches the
// published set has the new key before it begins to sign.
export class RotatingKeys {
  #next = newKey();
  #signing = newKey();
  #previous = newKey();

  // Lets the announced key sign; returns its id.
  rotate() {
    [this.#next, this.#signing, this.#previous] = [newKey(), this.#next, this.#signing];
    return this.#signing.kid;
  }

  // The private JWK set (RFC 7517), for a provider that signs with the first of several and publishes the public halves of all.
  jwks() {
    const keys = [this.#signing, this.#previous, this.#next];
    return { keys: keys.map(({ kid, privateKey }) => ({ ...privateKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" })) };
  }

  // A compact JWS of the claims, with the media type of the token in its header.
  sign(typ, claims) {
    const { kid, privateKey } = this.#signing;
    const signed = `${encode({ alg: "ES256", typ, kid })}.${encode(claims)}`;
    return `${signed}.${sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  }

  // The claims of an ID token that one of the live keys signed; throws with the reason otherwise.
  openIdToken(token) {
    const parts = String(token).split(".");
    if (parts.length !== 3) throw new Error("not a compact JWS");
    const [header, claims] = parts.slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8")));
    if (header.alg !== "ES256") throw new Error("not signed with ES256");
    // Other tokens name their type (RFC 8725 §3.11); an ID token has none, or the one of any JWT.
    if (![undefined, "JWT"].includes(header.typ)) throw new Error(`a token of type ${header.typ}`);
    const key = [this.#signing, this.#previous].find(({ kid }) => kid === header.kid);
    if (key === undefined) throw new Error("signed with a key that is not live");
    const signature = Buffer.from(parts[2], "base64url");
    if (!verify("sha256", Buffer.from(`${parts[0]}.${parts[1]}`), { key: key.publicKey, dsaEncoding: "ieee-p1363" }, signature)) {
      throw new Error("the signature does not verify");
    }
    return claims;
  }
}

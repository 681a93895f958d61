// How an origin believes Weir: the header `Weir-Identity` is a JWT of 60 s about one person and this one request.
//
//   header  {"alg":"EdDSA","kid":"…","typ":"weir-identity+jwt"}
//   claims  {"iss":GATEWAY,"aud":URL OF THIS ORIGIN,"sub":"alice","groups":[…],"team":"support","exp":…,"jti":"…","request_sha256":"…"}

import { createHash } from "node:crypto";
import { PublishedKeys, SeenIds } from "../published_keys.mjs";

export const HEADER = "weir-identity";
const TYPE = "weir-identity+jwt";
const TOLERANCE_SECONDS = 60;
const LIFETIME_SECONDS = 60;

const now = () => Math.floor(Date.now() / 1000);

export class SignedIdentities {
  #keys;
  #seen = new SeenIds(LIFETIME_SECONDS + TOLERANCE_SECONDS);

  constructor({ gateway, audience }) {
    this.gateway = new URL(gateway).origin;
    this.audience = audience;
    this.#keys = new PublishedKeys(new URL("/oauth/jwks", gateway), "EdDSA");
  }

  // The claims about the sender of this body; throws with the reason if they are invalid.
  async open(token, body) {
    const claims = await this.#keys.open(token, TYPE);
    if (claims.iss !== this.gateway) throw new Error("another gateway's identity");
    if (claims.aud !== this.audience) throw new Error("an identity for another origin");
    if (!(claims.exp > now() - TOLERANCE_SECONDS)) throw new Error("the identity has expired");
    if (claims.request_sha256 !== createHash("sha256").update(body).digest("hex")) throw new Error("an identity for another request");
    if (!this.#seen.isNew(claims.jti)) throw new Error("the identity was used before");
    return claims;
  }
}

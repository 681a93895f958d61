// Token exchange (RFC 8693) for an origin of the gateway: the gateway's JWT about one person is exchanged for that
// person's own access token (RFC 9068) at the origin. The provider has authenticated the gateway's client before.
//
//   header  {"alg":"EdDSA","kid":"…","typ":"weir-subject+jwt"}
//   claims  {"iss":GATEWAY,"aud":THIS PROVIDER,"sub":"alice","idp":THIS PROVIDER,"client_id":THE AGENT,"exp":…,"jti":"…"}

import { randomUUID } from "node:crypto";
import { PublishedKeys, SeenIds } from "../published_keys.mjs";
import { claimsOf } from "./people.mjs";
import { TOKEN_TYPE, now, refuse } from "./token_endpoint.mjs";

export const ACCESS_TOKEN = `${TOKEN_TYPE}access_token`;
const SUBJECT = "weir-subject+jwt";
const SUBJECT_SECONDS = 60;
const SCOPE = "leave";
const TOKEN_SECONDS = 300;

export class OriginTokens {
  #keys;
  #gateway;
  #resource;
  #seen = new SeenIds(2 * SUBJECT_SECONDS);

  // `client` may have access tokens for the origin `resource`.
  constructor({ gateway, client, resource }) {
    this.#gateway = gateway;
    this.client = client;
    this.#resource = resource;
    this.#keys = new PublishedKeys(new URL("/oauth/jwks", gateway), "EdDSA");
  }

  // The response to the grant; `sign` makes this provider's token of a type and claims.
  async exchange({ params, client }, { issuer, sign }) {
    if (client.clientId !== this.client) refuse("unauthorized_client", "this client may not have tokens for origins");
    if (params.subject_token_type !== `${TOKEN_TYPE}jwt`) refuse("invalid_request", "`subject_token_type` must be that of a JWT");
    if (params.resource !== this.#resource) refuse("invalid_target", "`resource` must be the origin of this client");
    if (params.scope !== SCOPE) refuse("invalid_scope", `the only scope is ${SCOPE}`);
    const subject = await this.#keys.open(params.subject_token, SUBJECT).catch(({ message }) => refuse("invalid_grant", message));
    if (subject.iss !== this.#gateway || subject.aud !== issuer || subject.idp !== issuer) {
      refuse("invalid_grant", "the subject token is not the gateway's, or not about a person of this provider");
    }
    if (!(subject.exp > now()) || !this.#seen.isNew(subject.jti)) refuse("invalid_grant", "the subject token has expired or was used before");
    if (claimsOf(subject.sub) === undefined) refuse("invalid_grant", "the person is not known here, or disabled");
    const token = sign("at+jwt", {
      iss: issuer,
      sub: subject.sub,
      aud: this.#resource,
      client_id: this.client,
      act: { sub: subject.client_id },
      scope: SCOPE,
      jti: randomUUID(),
      iat: now(),
      exp: now() + TOKEN_SECONDS,
    });
    return { issued_token_type: ACCESS_TOKEN, access_token: token, token_type: "Bearer", expires_in: TOKEN_SECONDS, scope: SCOPE };
  }
}

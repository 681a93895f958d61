// RFC 8693 as the ID-JAG draft profiles it (draft-ietf-oauth-identity-assertion-authz-grant-04 §4.3): an ID token or a refresh token
// for an ID-JAG. The provider has authenticated the client before.

import { randomUUID } from "node:crypto";
import { claimsOf } from "./people.mjs";
import { TOKEN_TYPE, now, refuse } from "./token_endpoint.mjs";

export const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
export const SCOPES = ["tools:list", "tools:call", "resources:read", "prompts:get"];
export const PARAMETERS = ["requested_token_type", "subject_token", "subject_token_type", "actor_token", "audience", "resource", "scope"];

export const ID_JAG = `${TOKEN_TYPE}id-jag`;
const ID_JAG_SECONDS = 300;

// The response to the grant; `keys` sign the ID-JAG, `audience` is its authorization server.
export async function exchange(ctx, { keys, issuer, audience }) {
  const { params, client, provider } = ctx.oidc;
  if (params.requested_token_type !== ID_JAG) refuse("invalid_request", "`requested_token_type` must be the ID-JAG type");
  if (params.actor_token !== undefined) refuse("invalid_request", "`actor_token` is not supported");
  const subject = await subjectOf(params, client.clientId, { provider, keys, issuer });
  const person = claimsOf(subject.sub);
  if (person === undefined) refuse("invalid_grant", "the person is not known here, or disabled");
  if (params.audience !== audience) refuse("invalid_target", "`audience` must be exactly the authorization server that this IdP knows");
  if (params.resource !== undefined && !isResource(params.resource, audience)) refuse("invalid_target", "`resource` does not belong to the audience");
  if (params.scope?.split(" ").some((scope) => !SCOPES.includes(scope))) refuse("invalid_scope", `known scopes: ${SCOPES.join(" ")}`);

  // A gateway grants an assertion without `scope` nothing, so a request without `scope` gets all scopes of this provider.
  const scope = { scope: params.scope ?? SCOPES.join(" ") };
  const assertion = keys.sign("oauth-id-jag+jwt", {
    iss: issuer,
    sub: subject.sub,
    aud: audience,
    client_id: client.clientId,
    jti: randomUUID(),
    iat: now(),
    exp: now() + ID_JAG_SECONDS,
    auth_time: subject.auth_time,
    groups: person.groups,
    ...(params.resource === undefined ? {} : { resource: params.resource }),
    ...scope,
  });
  return { issued_token_type: ID_JAG, access_token: assertion, token_type: "N_A", expires_in: ID_JAG_SECONDS, ...scope };
}

// The subject of the subject token, and the time of their sign-in.
async function subjectOf({ subject_token: token, subject_token_type: type }, client, { provider, keys, issuer }) {
  if (token === undefined) refuse("invalid_request", "`subject_token` is missing");
  if (type === `${TOKEN_TYPE}refresh_token`) {
    const found = await provider.RefreshToken.find(token);
    if (found === undefined || !found.isValid || found.clientId !== client) refuse("invalid_grant", "the refresh token is unknown or over");
    return { sub: found.accountId, auth_time: found.authTime };
  }
  if (type !== `${TOKEN_TYPE}id_token`) refuse("invalid_request", "`subject_token_type` must be that of an ID token or of a refresh token");
  let subject;
  try {
    subject = keys.openIdToken(token);
  } catch (fault) {
    refuse("invalid_grant", `the subject token is refused: ${fault.message}`);
  }
  if (subject.iss !== issuer) refuse("invalid_grant", "the subject token is of another issuer");
  if (subject.aud !== client) refuse("invalid_grant", "the subject token is for another client");
  if (!(subject.exp > now())) refuse("invalid_grant", "the subject token has expired");
  return subject;
}

// `AUDIENCE/mcp` or `AUDIENCE/mcp/NAME`: the resources that this IdP grants for the audience.
export function isResource(resource, audience) {
  const path = String(resource).startsWith(audience) ? resource.slice(audience.length) : "";
  return /^\/mcp(\/[a-z][a-z0-9-]{0,62})?$/.test(path);
}

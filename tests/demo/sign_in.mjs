// The way in, as every person of the demo goes it: sign in at the demo IdP, trade the ID token for an ID-JAG.

import { discoverAndRequestJwtAuthGrant } from "@modelcontextprotocol/client";

export const CLIENT = { id: "demo-client", secret: "demo-secret-that-protects-nothing" };

// An ID-JAG for the person `name`, good for one redemption at the authorization server `audience`.
export async function identityAssertion(name, { idp, audience, resource, scope, fetchFn, onStep }) {
  const login = await fetch(new URL(`/login?person=${name}`, idp));
  if (!login.ok) throw new Error(`the demo IdP refused the login: ${await login.text()}`);
  const { id_token: idToken } = await login.json();
  onStep(`signed in at ${idp}, which gave an ID token`);
  const grant = await discoverAndRequestJwtAuthGrant({
    idpUrl: idp,
    audience,
    resource,
    scope,
    idToken,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    fetchFn,
  });
  onStep(`exchanged it for an ID-JAG: for ${resource}, ${grant.expiresIn} s, once`);
  return grant.jwtAuthGrant;
}

export function redeemed(tokens) {
  return `redeemed the ID-JAG at Weir for an access token: ${tokens.expires_in} s, scope "${tokens.scope}"`;
}

// A W3C `traceparent` within a trace that the caller can look up in the audit trail.
export const traceParent = (traceId) => `00-${traceId}-${traceId.slice(0, 16)}-01`;

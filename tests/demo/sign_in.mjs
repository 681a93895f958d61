// The way in, as every person of the demo with a client that speaks ID-JAG goes it: sign in at the IdP, trade the ID token for an ID-JAG.

import { createHash, randomBytes } from "node:crypto";
import { discoverAndRequestJwtAuthGrant } from "@modelcontextprotocol/client";
import { ScriptedBrowser } from "../harness/scripted_browser.mjs";

export const CLIENT = { id: "demo-client", secret: "demo-secret-that-protects-nothing" };

// Nothing listens there: the scripted browser stops before it.
const CALLBACK = "http://127.0.0.1:1/callback";

const random = () => randomBytes(32).toString("base64url");

// Signs `person` in by the authorization code flow with PKCE (OpenID Connect Core §3.1) and returns the IdP's token response.
export async function signInAt(idp, person) {
  const discovered = await fetch(new URL("/.well-known/openid-configuration", idp));
  const metadata = await discovered.json();
  const [state, nonce, verifier] = [random(), random(), random()];
  const url = new URL(metadata.authorization_endpoint);
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const asked = { response_type: "code", client_id: CLIENT.id, redirect_uri: CALLBACK, scope: "openid", state, nonce };
  for (const [name, value] of Object.entries({ ...asked, code_challenge: challenge, code_challenge_method: "S256" })) url.searchParams.set(name, value);
  const answer = (await new ScriptedBrowser().signIn(url, person, CALLBACK)).searchParams;
  if (answer.get("state") !== state || answer.get("iss") !== metadata.issuer) throw new Error(`the IdP answered to another sign-in: ${answer}`);
  const response = await fetch(metadata.token_endpoint, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "authorization_code", code: answer.get("code"), redirect_uri: CALLBACK, code_verifier: verifier }),
  });
  if (!response.ok) throw new Error(`the IdP gave no tokens: ${await response.text()}`);
  return response.json();
}

// An ID-JAG for the person `name`, good for one redemption at the authorization server `audience`.
export async function identityAssertion(name, { idp, audience, resource, scope, fetchFn, onStep }) {
  const { id_token: idToken } = await signInAt(idp, name);
  onStep(`signed in at ${idp}, on its login page, which gave an ID token`);
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

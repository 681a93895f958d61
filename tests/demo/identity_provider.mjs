// The identity provider of the demo and of the client tests, on loopback: a real OpenID provider, except that any password is right.
//
//   SIGN_IN_CLIENT_SECRET=… ORIGIN_LEAVE_SECRET=… node identity_provider.mjs --port 8789 --audience http://127.0.0.1:8787
//       [--leave http://127.0.0.1:8793/mcp] [--rotate-minutes 30]
//
// Prints one JSON line when it serves, and ends when its stdin closes. Its clients are `weir`, for sign-ins at the
// gateway (`--audience`); `demo-client`, whose secret protects nothing, for the exchange of tokens for ID-JAGs; and
// with `--leave`, the URL of an origin, `weir-leave`, by which the gateway gets people's own access tokens for that
// origin.
//
//   GET  /.well-known/openid-configuration   the rest of OpenID Connect: /auth, /token, /jwks, /me
//   POST /rotate                             the announced key signs; the one before stays valid
//   POST /people/NAME/disable, …/enable      what an administrator does: from then on NAME gets no token, or gets them again

import "./identity_provider/quiet.mjs";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { Provider } from "oidc-provider";
import { signIn } from "./identity_provider/login_page.mjs";
import { claimsOf, isPerson, setEnabled } from "./identity_provider/people.mjs";
import { Storage } from "./identity_provider/storage.mjs";
import { ACCESS_TOKEN, OriginTokens } from "./identity_provider/origin_tokens.mjs";
import { GRANT, ID_JAG, PARAMETERS, SCOPES, exchange, isResource } from "./identity_provider/token_exchange.mjs";
import { RotatingKeys } from "./json_web_token.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8789" },
    audience: { type: "string", default: "http://127.0.0.1:8787" },
    leave: { type: "string" },
    "rotate-minutes": { type: "string", default: "30" },
  },
});
const keys = new RotatingKeys();
const originTokens = options.leave && new OriginTokens({ gateway: options.audience, client: "weir-leave", resource: options.leave });
const cookieKeys = [randomBytes(32).toString("hex")];

function clients() {
  const common = { id_token_signed_response_alg: "ES256", require_auth_time: true, token_endpoint_auth_method: "client_secret_basic" };
  const grants = ["authorization_code", "refresh_token"];
  const secretOf = (variable) => process.env[variable] || randomBytes(32).toString("hex");
  const secret = secretOf("SIGN_IN_CLIENT_SECRET");
  const forOrigin = { client_id: originTokens?.client, client_secret: secretOf("ORIGIN_LEAVE_SECRET"), grant_types: [GRANT] };
  return [
    ...(originTokens ? [{ ...common, ...forOrigin, redirect_uris: [], response_types: [] }] : []),
    { ...common, client_id: "weir", client_secret: secret, grant_types: grants, redirect_uris: [`${options.audience}/oauth/callback`] },
    {
      ...common,
      client_id: "demo-client",
      client_secret: "demo-secret-that-protects-nothing",
      application_type: "native",
      grant_types: [...grants, GRANT],
      redirect_uris: ["http://127.0.0.1/callback", "http://127.0.0.1/oauth/callback"],
    },
  ];
}

// A company's own provider asks for no consent: its clients' grants are set by the administrator.
async function grantOf(ctx) {
  const { Grant } = ctx.oidc.provider;
  const { clientId } = ctx.oidc.client;
  const known = ctx.oidc.session.grantIdFor(clientId);
  const found = known && (await Grant.find(known));
  if (found) return found;
  const grant = new Grant({ clientId, accountId: ctx.oidc.session.accountId });
  grant.addOIDCScope("openid profile email offline_access groups");
  for (const resource of [ctx.oidc.params.resource].flat().filter(Boolean)) grant.addResourceScope(resource, SCOPES.join(" "));
  await grant.save();
  return grant;
}

// With the keys of now: a provider can't be given others later.
function newProvider(issuer) {
  const provider = new Provider(issuer, {
    adapter: Storage,
    clients: clients(),
    jwks: keys.jwks(),
    cookies: { keys: cookieKeys },
    claims: { openid: ["sub", "groups", "email", "email_verified", "name"] },
    scopes: ["openid", "profile", "email", "offline_access", "groups"],
    conformIdTokenClaims: false,
    findAccount: (_ctx, name) => {
      const claims = claimsOf(name);
      return claims && { accountId: name, claims: () => claims };
    },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: () => true,
    loadExistingGrant: grantOf,
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    discovery: { identity_chaining_requested_token_types_supported: [ID_JAG] },
    features: {
      devInteractions: { enabled: false },
      // RFC 9068 access tokens for requests that name one of the gateway's resources.
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource) => {
          if (!isResource(resource, options.audience)) throw new Error("the resource is not known here");
          return { scope: SCOPES.join(" "), audience: resource, accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } };
        },
      },
    },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Grant: 86_400, RefreshToken: 86_400, Session: 3600 },
  });
  provider.registerGrantType(
    GRANT,
    async (ctx) => {
      const forOrigin = originTokens && ctx.oidc.params.requested_token_type === ACCESS_TOKEN;
      ctx.body = forOrigin
        ? await originTokens.exchange(ctx.oidc, { issuer, sign: keys.sign.bind(keys) })
        : await exchange(ctx, { keys, issuer, audience: options.audience });
    },
    PARAMETERS,
  );
  return provider;
}

let issuer;
let provider;

const send = (response, status, body) => {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
};

function rotate() {
  const kid = keys.rotate();
  provider = newProvider(issuer);
  return { kid };
}

async function answer(request, response) {
  // A page that rebinds its name to loopback must not be able to sign in as anyone.
  if (request.headers.host !== new URL(issuer).host) return send(response, 421, { error: "invalid_request" });
  const { pathname } = new URL(request.url, issuer);
  const [, name, turn] = /^\/people\/([a-z]+)\/(enable|disable)$/.exec(pathname) ?? [];
  if (request.method === "POST" && pathname === "/rotate") return send(response, 200, rotate());
  if (request.method === "POST" && isPerson(name)) return send(response, 200, setEnabled(name, turn === "enable"));
  if (pathname.startsWith("/interaction/")) return signIn(provider, request, response);
  return provider.callback()(request, response);
}

const server = createServer((request, response) => {
  answer(request, response).catch(({ message }) => {
    if (!response.headersSent) send(response, 400, { error: "invalid_request", error_description: message });
  });
});
server.listen(Number(options.port), "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  provider = newProvider(issuer);
  setInterval(rotate, Number(options["rotate-minutes"]) * 60_000).unref();
  process.stdout.write(`${JSON.stringify({ issuer, demo: true })}\n`);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

// A demo identity provider on loopback: anyone may be anyone, but the token exchange (RFC 8693) to an ID-JAG is checked exactly.
//
//   node identity_provider.mjs --port 8789 --audience http://127.0.0.1:8787 [--rotate-minutes 30]
//
// Prints one JSON line when it serves, and ends when its stdin closes. Its one client is `demo-client`, whose secret protects nothing.
//
//   GET  /.well-known/openid-configuration, /.well-known/oauth-authorization-server
//   GET  /jwks
//   GET  /login?person=alice[&client_id=demo-client]   → {id_token}: the place of a sign-in page
//   POST /token                                        → ID-JAG (draft-ietf-oauth-identity-assertion-authz-grant-04 §4.3)
//   POST /rotate                                       → the announced key signs; the one before stays valid

import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { RotatingKeys } from "./json_web_token.mjs";

const PEOPLE = {
  alice: { name: "Alice", groups: ["support"] },
  bob: { name: "Bob", groups: ["support"] },
  carol: { name: "Carol", groups: ["research"] },
};
const CLIENTS = { "demo-client": { secret: "demo-secret-that-protects-nothing" } };
const SCOPES = ["tools:list", "tools:call", "resources:read", "prompts:get"];
const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_JAG = "urn:ietf:params:oauth:token-type:id-jag";
const ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";
const ID_TOKEN_SECONDS = 600;
const ID_JAG_SECONDS = 300;
const BODY_BYTES = 64 * 1024;

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8789" },
    audience: { type: "string", default: "http://127.0.0.1:8787" },
    "rotate-minutes": { type: "string", default: "30" },
  },
});
const keys = new RotatingKeys();
let issuer;

const now = () => Math.floor(Date.now() / 1000);

class Refusal extends Error {
  constructor(status, error, description) {
    super(description);
    Object.assign(this, { status, body: { error, error_description: description } });
  }
}

function metadata() {
  return {
    issuer,
    // Nothing is served there: clients insist on the field.
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: [],
    grant_types_supported: [GRANT],
    identity_chaining_requested_token_types_supported: [ID_JAG],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    id_token_signing_alg_values_supported: ["ES256"],
    subject_types_supported: ["public"],
    scopes_supported: SCOPES,
    service_documentation: `${issuer}/`,
  };
}

// Signs in without asking anything: the whole point of a demo, and the reason why it binds to loopback only.
function login(query) {
  const person = query.get("person") ?? "";
  const client = query.get("client_id") ?? "demo-client";
  if (!Object.hasOwn(PEOPLE, person)) throw new Refusal(404, "invalid_request", `no such person; try one of ${Object.keys(PEOPLE).join(", ")}`);
  if (!Object.hasOwn(CLIENTS, client)) throw new Refusal(400, "unauthorized_client", "no such client");
  const claims = { iss: issuer, sub: person, aud: client, iat: now(), exp: now() + ID_TOKEN_SECONDS, auth_time: now(), ...PEOPLE[person] };
  return { id_token: keys.sign("JWT", claims), token_type: "N_A", expires_in: ID_TOKEN_SECONDS };
}

// RFC 8693 §2.1 as the ID-JAG draft profiles it; the order of the checks is that of RFC 6749: the client first.
function exchange(form, authorization) {
  const client = authenticate(form, authorization);
  if (form.grant_type !== GRANT) throw new Refusal(400, "unsupported_grant_type", "only the token exchange grant is known");
  if (form.requested_token_type !== ID_JAG) throw new Refusal(400, "invalid_request", "`requested_token_type` must be the ID-JAG type");
  if (form.subject_token_type !== ID_TOKEN) throw new Refusal(400, "invalid_request", "`subject_token_type` must be the ID token type");
  if (form.actor_token !== undefined) throw new Refusal(400, "invalid_request", "`actor_token` is not supported");

  let subject;
  try {
    subject = keys.open("JWT", form.subject_token);
  } catch (fault) {
    throw new Refusal(400, "invalid_grant", `the subject token is refused: ${fault.message}`);
  }
  if (subject.iss !== issuer) throw new Refusal(400, "invalid_grant", "the subject token is of another issuer");
  if (subject.aud !== client) throw new Refusal(400, "invalid_grant", "the subject token is for another client");
  if (!(subject.exp > now())) throw new Refusal(400, "invalid_grant", "the subject token has expired");
  if (!Object.hasOwn(PEOPLE, subject.sub)) throw new Refusal(400, "invalid_grant", "the person is not known here");

  if (form.audience !== options.audience) throw new Refusal(400, "invalid_target", "`audience` must be exactly the authorization server that this IdP knows");
  if (form.resource !== undefined && !isResource(form.resource)) throw new Refusal(400, "invalid_target", "`resource` does not belong to the audience");
  // A gateway grants an assertion without `scope` nothing, so one that asks for none gets all that this IdP knows.
  const scope = form.scope ?? SCOPES.join(" ");
  if (scope.split(" ").some((one) => !SCOPES.includes(one))) throw new Refusal(400, "invalid_scope", `known scopes: ${SCOPES.join(" ")}`);

  const assertion = keys.sign("oauth-id-jag+jwt", {
    iss: issuer,
    sub: subject.sub,
    aud: options.audience,
    client_id: client,
    jti: randomUUID(),
    iat: now(),
    exp: now() + ID_JAG_SECONDS,
    auth_time: subject.auth_time,
    groups: PEOPLE[subject.sub].groups,
    ...(form.resource === undefined ? {} : { resource: form.resource }),
    scope,
  });
  return {
    issued_token_type: ID_JAG,
    access_token: assertion,
    token_type: "N_A",
    expires_in: ID_JAG_SECONDS,
    scope,
  };
}

// `AUDIENCE/mcp` or `AUDIENCE/mcp/NAME`: the (audience, resource) pairs that this IdP grants.
function isResource(resource) {
  const path = resource.startsWith(options.audience) ? resource.slice(options.audience.length) : "";
  return /^\/mcp(\/[a-z][a-z0-9-]{0,62})?$/.test(path);
}

function authenticate(form, authorization) {
  let [id, secret] = [form.client_id, form.client_secret];
  if (authorization !== undefined) {
    if (secret !== undefined) throw new Refusal(400, "invalid_request", "the client authenticates twice");
    const [scheme, credentials] = authorization.split(" ");
    if (scheme.toLowerCase() !== "basic") throw new Refusal(401, "invalid_client", "only Basic is known");
    const [user, ...rest] = Buffer.from(credentials ?? "", "base64").toString("utf8").split(":");
    const decoded = [user, rest.join(":")].map((part) => new URLSearchParams(`part=${part}`).get("part"));
    if (id !== undefined && id !== decoded[0]) throw new Refusal(400, "invalid_request", "two different clients are named");
    [id, secret] = decoded;
  }
  const digest = (text) => createHash("sha256").update(text).digest();
  const known = Object.hasOwn(CLIENTS, id ?? "") ? CLIENTS[id].secret : "";
  if (known === "" || !timingSafeEqual(digest(known), digest(secret ?? ""))) throw new Refusal(401, "invalid_client", "unknown client or wrong secret");
  return id;
}

async function readForm(request) {
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers["content-type"] ?? "")) throw new Refusal(400, "invalid_request", "the body must be a form");
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > BODY_BYTES) throw new Refusal(413, "invalid_request", "the body is too large");
    chunks.push(chunk);
  }
  const form = Object.create(null);
  for (const [name, value] of new URLSearchParams(Buffer.concat(chunks).toString("utf8"))) {
    if (name in form) throw new Refusal(400, "invalid_request", `\`${name}\` is repeated`);
    form[name] = value;
  }
  return form;
}

async function answer(request) {
  // A page that rebinds its name to loopback must not be able to sign in as anyone.
  if (request.headers.host !== new URL(issuer).host) throw new Refusal(421, "invalid_request", "unknown host");
  const url = new URL(request.url, issuer);
  switch (`${request.method} ${url.pathname}`) {
    case "GET /":
      return { notice: "This is the demo identity provider of Weir. It signs in anyone as anyone and must never be used for anything else." };
    case "GET /.well-known/openid-configuration":
    case "GET /.well-known/oauth-authorization-server":
      return metadata();
    case "GET /jwks":
      return keys.published();
    case "GET /login":
      return login(url.searchParams);
    case "POST /token":
      return exchange(await readForm(request), request.headers.authorization);
    case "POST /rotate":
      return { kid: keys.rotate() };
    default:
      throw new Refusal(404, "invalid_request", "nothing here");
  }
}

const server = createServer((request, response) => {
  answer(request)
    .then((body) => ({ status: 200, body }))
    .catch((fault) => (fault instanceof Refusal ? fault : { status: 500, body: { error: "server_error" } }))
    .then(({ status, body }) => {
      const challenge = status === 401 ? { "www-authenticate": 'Basic realm="demo"' } : {};
      response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...challenge });
      response.end(JSON.stringify(body));
    });
});
server.listen(Number(options.port), "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  setInterval(() => keys.rotate(), Number(options["rotate-minutes"]) * 60_000).unref();
  process.stdout.write(`${JSON.stringify({ issuer, demo: true })}\n`);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

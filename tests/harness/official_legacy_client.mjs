// The same with the official client of the years before 2026, `@modelcontextprotocol/sdk` 1, which says `initialize` first.
//
//   node official_legacy_client.mjs RESOURCE_URL ID_JAG CLIENT_ID CLIENT_SECRET

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { steps } from "./official_steps.mjs";

const [resource, assertion, clientId, clientSecret] = process.argv.slice(2);
const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const never = () => {
  throw new Error("nobody is sent to a browser");
};

// This SDK has no provider for ID-JAGs, but lets one prepare any token request.
let tokens;
const authProvider = {
  redirectUrl: undefined,
  clientMetadata: { client_name: "official", redirect_uris: [], grant_types: [grant], token_endpoint_auth_method: "client_secret_basic" },
  clientInformation: () => ({ client_id: clientId, client_secret: clientSecret }),
  tokens: () => tokens,
  saveTokens: (saved) => (tokens = saved),
  prepareTokenRequest: (scope) => new URLSearchParams({ grant_type: grant, assertion, ...(scope && { scope }) }),
  redirectToAuthorization: never,
  saveCodeVerifier: never,
  codeVerifier: never,
};
const client = new Client({ name: "official", version: "1.0.0" });
await client.connect(new StreamableHTTPClientTransport(new URL(resource), { authProvider }));
await steps(client);

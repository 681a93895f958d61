// The page on which a person signs in: a name, and any password.

import { NAMES, claimsOf } from "./people.mjs";

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text) => String(text).replace(/[&<>"']/g, (character) => ESCAPES[character]);
const FORM_BYTES = 4096;

const page = (client, refused) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Sign in</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:24rem;margin:3rem auto;padding:0 1rem}
label{display:block;margin:1rem 0}input,button{display:block;width:100%;font:inherit;padding:.5rem;box-sizing:border-box}</style></head>
<body><main><h1>Sign in</h1><p>to go on to <b>${escape(client)}</b>. This is the demo's identity provider: any password is right.</p>
${refused ? `<p role="alert">${escape(refused)}</p>` : ""}
<form method="post"><label>Name<input name="login" required autofocus autocomplete="username"></label>
<label>Password<input name="password" type="password" autocomplete="current-password"></label><button>Sign in</button></form></main></body></html>`;

async function readForm(request) {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
    if (body.length > FORM_BYTES) throw new Error("the form is too large");
  }
  return new URLSearchParams(body);
}

// Answers a request to `/interaction/…`, to which the provider redirects people who have to sign in.
export async function signIn(provider, request, response) {
  const { prompt, params } = await provider.interactionDetails(request, response);
  // The provider asks for consent to a native client; `grantOf` has given it for the company.
  if (prompt.name === "consent") return provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
  let refused;
  if (request.method === "POST") {
    const name = (await readForm(request)).get("login") ?? "";
    if (claimsOf(name) !== undefined) {
      return provider.interactionFinished(request, response, { login: { accountId: name, amr: ["pwd"] } });
    }
    refused = `${name} can't sign in here; try one of ${NAMES.filter((known) => claimsOf(known)).join(", ")}.`;
  }
  response.writeHead(refused === undefined ? 200 : 403, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  response.end(page(params.client_id, refused));
}

// What an MCP client that knows only a URL keeps while it signs in, as the official TypeScript clients of both eras ask for it.

import { randomBytes } from "node:crypto";

// `open(url)` is the browser: it takes the user through the pages and returns the URL that the client is called back with.
export class BrowserSignIn {
  #open;
  #name;
  #client;
  #tokens;
  #verifier;
  #discovered;

  constructor({ name, redirectUrl, open }) {
    this.#open = open;
    this.#name = name;
    this.redirectUrl = redirectUrl;
    // The number of times that the user was sent to the browser.
    this.visits = 0;
  }

  get clientMetadata() {
    const grants = ["authorization_code", "refresh_token"];
    const metadata = { client_name: this.#name, redirect_uris: [this.redirectUrl], grant_types: grants };
    return { ...metadata, response_types: ["code"], token_endpoint_auth_method: "none" };
  }

  state() {
    return randomBytes(16).toString("hex");
  }

  clientInformation() {
    return this.#client;
  }

  saveClientInformation(client) {
    this.#client = client;
  }

  tokens() {
    return this.#tokens;
  }

  saveTokens(tokens) {
    this.#tokens = tokens;
  }

  saveCodeVerifier(verifier) {
    this.#verifier = verifier;
  }

  codeVerifier() {
    return this.#verifier;
  }

  // Where the client was sent, so that it takes no answer from anywhere else.
  saveDiscoveryState(discovered) {
    this.#discovered = discovered;
  }

  discoveryState() {
    return this.#discovered;
  }

  async redirectToAuthorization(url) {
    this.visits += 1;
    this.authorizationUrl = url;
    this.answer = await this.#open(url);
  }

  // The client asks for it when the server refuses what it has.
  invalidateCredentials(which) {
    if (["all", "tokens"].includes(which)) this.#tokens = undefined;
    if (["all", "client"].includes(which)) this.#client = undefined;
  }

  // Makes the access token one that nobody accepts, as one is that has expired.
  spoil() {
    this.#tokens = { ...this.#tokens, access_token: "spoiled" };
  }
}

// The bare pass-through, and one queue message per request: the least work of a gateway with an audit trail.

export default {
  async fetch(request, env, context) {
    const began = Date.now();
    const headers = request.headers;
    const response = await fetch(new Request(env.ORIGIN_URL, request));
    const event = {
      id: crypto.randomUUID(),
      time: new Date(began).toISOString(),
      method: headers.get("mcp-method"),
      name: headers.get("mcp-name"),
      status: response.status,
      milliseconds: Date.now() - began,
    };
    context.waitUntil(env.AUDIT_QUEUE.send(JSON.stringify(event), { contentType: "text" }));
    return response;
  },
};

// wrangler.toml binds them, and the bench starts every Worker with the same bindings.
export class OnceObject {
  fetch() {
    return new Response(null, { status: 404 });
  }
}
export class QuotaObject extends OnceObject {}
export class VersionedStoreObject extends OnceObject {}

// The least that a gateway can be: every request goes to the origin, every answer comes back.

export default {
  fetch(request, env) {
    return fetch(new Request(env.ORIGIN_URL, request));
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

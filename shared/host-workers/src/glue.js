// The JavaScript side of the ports, one call per step: crossing into and out of wasm costs more than the work itself,
// so a head crosses as one string, not header by header.
//
//   head    line 1, line 2, then NAME, VALUE, NAME, VALUE, …    separated by LF, which no method, URL or header has
//
// Bytes from wasm are views of its memory, which may change while the runtime still reads: they are copied first.

const READ_BYTES = 16384;

// Headers as an object, which the runtime reads faster than a list of pairs. Values of a repeated name are joined (RFC
// 9110 §5.3).
function fields(text) {
  const lines = text.split("\n");
  const headers = { __proto__: null };
  for (let index = 1; index < lines.length; index += 2) {
    const [name, value] = [lines[index - 1], lines[index]];
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

function append(head, headers) {
  for (const [name, value] of headers) head += `\n${name}\n${value}`;
  return head;
}

// One reader for both kinds of streams. The runtime's byte streams are read into a reused buffer of 16 KiB; without it
// they return 4 KiB at a time.
class Chunks {
  constructor(stream) {
    try {
      this.reader = stream.getReader({ mode: "byob" });
      this.buffer = new ArrayBuffer(READ_BYTES);
    } catch {
      this.reader = stream.getReader();
    }
  }

  async next() {
    if (this.buffer === undefined) return (await this.reader.read()).value;
    const { done, value } = await this.reader.read(new Uint8Array(this.buffer));
    if (value !== undefined) this.buffer = value.buffer;
    return done ? undefined : value;
  }
}

// True for a short body, which is read in one step. An event stream has no `Content-Length`, and the length of a
// compressed body is not that of its content.
function isShort(headers) {
  const length = headers.get("content-length");
  return length !== null && Number(length) <= READ_BYTES && !headers.has("content-encoding");
}

// The head of a request: METHOD, URL, headers.
export function requestHead(request) {
  return append(`${request.method}\n${request.url}`, request.headers);
}

// The whole body; of a body longer than `limit` at least the first `limit` + 1 bytes, so that it is recognized as too
// long.
export async function bodyUpTo(request, limit, most) {
  const chunks = request.body === null ? undefined : new Chunks(request.body);
  const pieces = [];
  let [length, read] = [0, 0];
  for (let piece = await chunks?.next(); piece !== undefined; piece = await chunks.next()) {
    if (length <= limit) {
      pieces.push(piece.slice());
      length += piece.length;
    }
    read += piece.length;
    if (read > most) {
      chunks.reader.cancel().catch(() => {});
      break;
    }
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

// Address, country, region, one per line. The edge sets `cf` and the address; without `cf`, a client may have set the
// address.
export function place(request) {
  const { cf } = request;
  if (!cf) return "\n\n";
  return `${request.headers.get("cf-connecting-ip") ?? ""}\n${cf.country ?? ""}\n${cf.regionCode ?? ""}`;
}

export function answer(status, headers, body) {
  return new Response(body === undefined ? null : body.slice(), { status, headers: fields(headers) });
}

// A response whose body is written chunk by chunk; a write settles when the client's side has read it.
export class Pipe {
  constructor() {
    const { readable, writable } = new IdentityTransformStream();
    this.readable = readable;
    this.writer = writable.getWriter();
  }

  answer(status, headers) {
    return new Response(this.readable, { status, headers: fields(headers) });
  }

  write(chunk) {
    return this.writer.write(chunk.slice());
  }

  close() {
    return this.writer.close();
  }

  abort() {
    this.writer.abort().catch(() => {});
  }
}

// The result of `work`; calls `late` after `deadline` milliseconds.
async function within(deadline, work, late) {
  const timer = setTimeout(late, deadline);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

// One outbound request and the body of its response.
export class Exchange {
  constructor() {
    this.controller = new AbortController();
    this.late = false;
    this.open = true;
  }

  within(deadline, work) {
    return within(deadline, work, () => {
      this.late = true;
      this.controller.abort();
    });
  }

  // Sends to `target`, a service or a Durable Object; undefined means the network. Resolves with STATUS, "", headers.
  send(target, method, url, headers, body, deadline) {
    const { signal } = this.controller;
    const init = { method, headers: fields(headers), redirect: "manual", signal };
    if (body !== undefined) init.body = body.slice();
    return this.within(deadline, this.begin(target === undefined ? fetch(url, init) : target.fetch(url, init)));
  }

  // A response with a length is complete at its server, so head and body of a short one share one deadline.
  async begin(sent) {
    const response = await sent;
    if (response.body === null) {
      this.open = false;
    } else if (isShort(response.headers)) {
      this.whole = await response.arrayBuffer();
      this.open = false;
    } else {
      this.chunks = new Chunks(response.body);
    }
    return append(`${response.status}\n`, response.headers);
  }

  // The next chunk, valid until the next call; undefined at the end.
  read(deadline) {
    return this.open ? this.within(deadline, this.next()) : undefined;
  }

  async next() {
    const chunk = await this.chunks.next();
    if (chunk === undefined) this.open = false;
    return chunk;
  }

  // Aborts only a running exchange: every abort creates an exception with a stack trace.
  cancel() {
    if (this.open) this.controller.abort();
  }
}

// Resolves when `work` resolves; rejects when it rejects or after `deadline` milliseconds.
export async function settled(work, deadline) {
  const { promise: late, reject } = Promise.withResolvers();
  await within(deadline, Promise.race([work, late]), () => reject(new Error(`no answer within ${deadline} ms`)));
}

// The entity tag and content of an object; undefined if it is missing.
export async function stored(bucket, key) {
  const object = await bucket.get(key);
  return object === null ? undefined : [object.etag, await object.arrayBuffer()];
}

// At most `limit` keys. A page of the bucket may be shorter than `limit`; `truncated` says that more follow.
export async function keys(bucket, prefix, after, limit) {
  const found = [];
  let cursor;
  do {
    const options = { prefix, limit: limit - found.length, ...(cursor === undefined ? { startAfter: after } : { cursor }) };
    const page = await bucket.list(options);
    for (const { key } of page.objects) found.push(key);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined && found.length < limit);
  return found;
}

const prepared = (database, [sql, parameters]) => database.prepare(sql).bind(...parameters);

// Runs `[[SQL, [PARAMETER, …]], …]` as one transaction.
export async function transact(database, statements) {
  await database.batch(JSON.parse(statements).map((statement) => prepared(database, statement)));
}

// The rows that `[SQL, [PARAMETER, …]]` selects, as JSON: each is a list of its columns.
export async function rows(database, statement) {
  return JSON.stringify(await prepared(database, JSON.parse(statement)).raw());
}

// The bodies of a batch. A body that is not text was sent by another producer; its JSON is used.
export function bodies(batch) {
  return batch.messages.map(({ body }) => (typeof body === "string" ? body : (JSON.stringify(body) ?? "")));
}

// Marks these messages for redelivery; the runtime acknowledges the others when the handler ends.
export function retry(batch, indexes) {
  for (const index of indexes) batch.messages[index].retry();
}

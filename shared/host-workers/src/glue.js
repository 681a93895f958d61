// What the ports ask of the JavaScript around them, one call per step: crossing into and out of wasm costs more than the
// work itself, so a head crosses as one string and not header by header.
//
//   head    line 1, line 2, then NAME, VALUE, NAME, VALUE, …    separated by LF, which no method, URL or header can contain
//
// Bytes that come from wasm are views of its memory, which moves on while the runtime still reads: they are copied first.

const READ_BYTES = 16384;

// An object costs the runtime less to read than a list of pairs. A name that comes again continues its value (RFC 9110 §5.3).
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

// One reader for both kinds of streams: the runtime's own are read into a buffer that is used again, for they would
// otherwise come in pieces of 4 KiB.
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

// Whether an answer is whole soon: then it is had in one step, and not in one for each chunk and one for the end. Event streams
// don't say how long they are, and of a compressed one the length says nothing.
function isShort(headers) {
  const length = headers.get("content-length");
  return length !== null && Number(length) <= READ_BYTES && !headers.has("content-encoding");
}

// METHOD, URL, headers.
export function requestHead(request) {
  return append(`${request.method}\n${request.url}`, request.headers);
}

// The whole body; of a longer one the first `limit` + 1 bytes or a little more, so that the reader sees that it is too long.
export async function bodyUpTo(request, limit) {
  const chunks = request.body === null ? undefined : new Chunks(request.body);
  const pieces = [];
  let length = 0;
  for (let piece = await chunks?.next(); piece !== undefined; piece = await chunks.next()) {
    pieces.push(piece.slice());
    length += piece.length;
    if (length > limit) {
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

// Address, country, region. The edge sets both `cf` and the address; without the one, a client may have set the other.
export function place(request) {
  const { cf } = request;
  if (!cf) return "\n\n";
  return `${request.headers.get("cf-connecting-ip") ?? ""}\n${cf.country ?? ""}\n${cf.regionCode ?? ""}`;
}

export function answer(status, headers, body) {
  return new Response(body === undefined ? null : body.slice(), { status, headers: fields(headers) });
}

// An answer whose body is written chunk by chunk; a write settles when the client's side has taken it.
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

// What `work` gives; `late` is called if that takes longer than so many milliseconds.
async function within(deadline, work, late) {
  const timer = setTimeout(late, deadline);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

// One request to somewhere else, and its answer's body.
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

  // `target` is where to send: a service or an object; undefined means the network. Resolves with STATUS, "", headers.
  send(target, method, url, headers, body, deadline) {
    const { signal } = this.controller;
    const init = { method, headers: fields(headers), redirect: "manual", signal };
    if (body !== undefined) init.body = body.slice();
    return this.within(deadline, this.begin(target === undefined ? fetch(url, init) : target.fetch(url, init)));
  }

  // Who says how long an answer is has made it already, so a short one's head and body may share one deadline.
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

  // The next chunk, valid until the one after it is asked for; undefined at the end.
  read(deadline) {
    return this.open ? this.within(deadline, this.next()) : undefined;
  }

  async next() {
    const chunk = await this.chunks.next();
    if (chunk === undefined) this.open = false;
    return chunk;
  }

  // What has ended is left alone: an abort is an exception with a stack trace, whether anybody hears it or not.
  cancel() {
    if (this.open) this.controller.abort();
  }
}

// Resolves when `work` has ended well, and rejects when it has not within so many milliseconds.
export async function settled(work, deadline) {
  const { promise: late, reject } = Promise.withResolvers();
  await within(deadline, Promise.race([work, late]), () => reject(new Error(`no answer within ${deadline} ms`)));
}

// An object of a bucket and the tag of its content; undefined where there is none.
export async function stored(bucket, key) {
  const object = await bucket.get(key);
  return object === null ? undefined : [object.etag, await object.arrayBuffer()];
}

// The keys of a page that may be shorter than asked for: the bucket says whether there are more.
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

// The rows of `[SQL, [PARAMETER, …]]` as JSON, each a list of its columns.
export async function rows(database, statement) {
  return JSON.stringify(await prepared(database, JSON.parse(statement)).raw());
}

// The bodies of a batch; whatever is not text was sent as JSON by something else than Weir and goes on as its text.
export function bodies(batch) {
  return batch.messages.map(({ body }) => (typeof body === "string" ? body : (JSON.stringify(body) ?? "")));
}

// The others are acknowledged when the batch's handler ends.
export function retry(batch, indexes) {
  for (const index of indexes) batch.messages[index].retry();
}

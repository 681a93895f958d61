//! Decisions: why things are as they are.
//!
//! ## A refused or failed call is a JSON-RPC error under HTTP 200
//!
//! MCP demands 400, 401, 403, 404 and 405 in named cases, and there Weir sends them. A call that policy refuses, that
//! is quarantined, or whose origin fails gets 200 with a JSON-RPC error. Measured with the official TypeScript client
//! 2.4: the error of a 200 reaches the person as *message* and *code*; of a 403 or 502 the client shows the raw body
//! inside "Error POSTing to endpoint". `insufficient_scope` is for scopes alone, because clients answer it by asking
//! for a wider token, which would not help against policy.
//!
//! So a call over its user's limit is 200 with -31429, and `data` has `retry_after_seconds`. The same client looks at neither
//! 429 nor `Retry-After`: the person would read the raw body, and no program would wait. What can't be decided for one call
//! alone (its limit can't be read) is 200 with -31503 likewise; 503 is for a gateway that can serve nobody.
//!
//! ## A limit is of one user in one virtual server, counted in one place
//!
//! `calls_per_minute` counts calls, reads, gets and completions that policy and every other check have let through; lists and
//! refused calls take nothing. All agents of a user share it: a limit that a second agent doubles is none. The key holds no epoch, so a
//! publication gives nobody a fresh minute. A minute begins with the user's first call, so there may be twice the limit in a
//! minute that lies across two. Counting asks a store with every call; so a virtual server without the setting asks none.
//!
//! ## Who brings no token to a public virtual server is one user, counted by address
//!
//! Public access is no hole in the line: without a token the caller is the user `anonymous` of the gateway itself, and the
//! registry's own policy permits that user by name what the virtual server exposes. Rules, quarantine and audit see it like any
//! other user; roles give it nothing, for it has no groups. Whoever shows a token, however wrong, is judged by the token: what
//! would be the sense of a bad credential that lets in? The limit counts each address (of IPv6 each network of 2^64), lists
//! and `server/discover` included, for nobody else stops them; and what it stops is counted in the ledger, not written one by
//! one, so that nobody without a token can fill the queue.
//!
//! ## A resource keeps its URI
//!
//! Tools and prompts of several origins get names of ours, resources don't: their URIs stand in contents and prompts too,
//! which pass unread. So two origins in one virtual server can't have the same one (`weir registry check`), and a URI leads to
//! the longest pattern that it matches. One that only looks like it (`..`, an encoded letter, a port) matches no pattern: an
//! origin could read it as a page that policy keeps.
//!
//! ## What isn't there for a caller has no method either
//!
//! A caller who may list no resource hears of `resources/list` what it hears of any unknown method, and `server/discover` doesn't
//! announce it: clients don't ask for what isn't announced. A caller who may list nothing at all hears that there is no such
//! virtual server, whatever it asks.
//!
//! ## Headers that mirror arguments are compared where the schema is known anyway
//!
//! An `Mcp-Param` header is compared with its argument when the isolate keeps the origin's list, else it travels and the origin
//! compares: a list of tools before each call would cost a request and change nothing. For a legacy client, who has no such
//! headers, Weir makes them; only once an origin has refused for want of one does it ask for the list, and then once more for
//! the call, of which nothing was done.
//!
//! ## A stream always ends in a response
//!
//! When an origin breaks off in the middle of an event stream, Weir ends the client's stream with a JSON-RPC error that
//! carries the request's id. The same client, given a stream that just ends, waits out its timeout of a minute. Event
//! ids of origins are left out: resuming is gone from this era, and a client that sees an id tries it.
//!
//! ## Legacy clients get no session
//!
//! A server of MCP 2025-11-25 *may* assign a session id. Weir doesn't: `initialize` agrees on a version and is
//! forgotten, each later message says its version in a header (none means 2025-03-26) and who sends it in its token, so
//! a client of either era may talk to another isolate each time. What such a client declared at `initialize` is not
//! known later, so origins are told that it can do nothing, and one that wants input all the same becomes a failure of
//! the tool that says why. `initialize` and `ping` walk the line as `server/discover` does: who may see nothing gets
//! 403. Notifications are taken with 202 and dropped, an unknown method is -32601 under 200, because 404 would mean a
//! lost session. `resultType`, `ttlMs` and `cacheScope` stay in what they get: these clients ignore members that they
//! don't know. Not bridged: batches of 2025-03-26, structured content that is no object, `Mcp-Param-*` headers that a
//! modern origin wants and no legacy client sends.
//!
//! ## A message is legacy when nothing about it is modern
//!
//! Modern is what has a modern `_meta`, else what has a modern version header, which is then refused for the missing
//! `_meta`. `initialize` without a modern `_meta` is legacy whatever its header says, for it agrees on a version in its
//! body.
//!
//! ## The era of an origin is found out once, and again when it must be wrong
//!
//! `server/discover` tells: a result that names 2026-07-28 or an error that only the modern era has is modern, any
//! other answer legacy. An isolate remembers it until the origin rejects a request with 400, 404 or 405; then it asks
//! once more, and at most twice a minute where that brought nothing new. A call is repeated in two cases only, each at
//! most once: its session was unknown (404), or its rejection came from an origin that turned out to have changed its
//! era. Both are refused before anything is done; an error of a tool's own under such a status is an answer and stands.
//! `era` in the registry ends the guessing, and saves the request.
//!
//! ## Sessions of legacy origins live in the isolate
//!
//! An origin that assigns a session id is opened once per isolate, user and agent, and the id is kept for an hour, a
//! thousand at most; it is in no log and no answer. Another isolate opens its own. Where an origin assigns none, one
//! opening serves all. Weir declares no capabilities to them, so a request on their stream ends it with an error. The
//! first call of an isolate may so take four requests, each within the origin's timeout.
//!
//! ## The whole call runs in the background, `receive` included
//!
//! The design lets background work start with *authenticate*. Starting it with *receive* costs nothing, and then there
//! is one place that knows how a call ends.
//!
//! ## The event follows the answer, or comes before its last byte
//!
//! Whether background work outlives the response is a fact of the host (`Background::OUTLIVES_RESPONSE`), so the host says it
//! and the line obeys. Where it does, no answer waits for the queue. Where it doesn't, the event is accepted before a whole
//! answer is handed over, and in a stream before its last frame: not before the first, because streams must flow. So do the
//! event of the token endpoint and the counts of refusals. The price is one write to the sink in each answer's time, and an
//! event that says *sent* of a last frame whose client leaves in that very moment. An answer waits 15 s at most for its event.
//!
//! ## An intent is an event of its own
//!
//! Of a call to an origin with `audit = "two_phase"` the ledger gets two events: an intent (`phase`), and a completion
//! whose id both carry as `call`. Two ids, because the ledger keeps one event per id and reads what is under it as final. The
//! intent costs `null`, so it is in the trail and never in the books. Only calls are announced: a list changes nothing, and
//! what it asks of origins is often answered from memory. A call that is refused before it would be sent has its one event.
//! When the intent can't be accepted the completion, if the sink takes that one, says so; an intent may then be there that
//! was accepted too late, and its origin was not called.
//!
//! ## A list goes without an origin that fails
//!
//! `tools/list` asks the origins of the visible tools side by side, six at a time, each with its own timeout and ten
//! seconds at most. The tools of those that answer come in the registry's order. The names of the others stand in the
//! result's `_meta` under `dev.weir/unavailable`, an array of strings, and in the audit event's `unavailable`, with the
//! reason; only origins of which the caller may see a tool are named. Such a list says that it is good for five seconds
//! instead of thirty. When no origin answers, the list is an error: an empty list would tell the client that there are
//! no tools.
//!
//! ## A cursor is a sealed place in the registry's order
//!
//! A page has 250 tools. The cursor holds the index of the next tool in the virtual server's record and nothing of any
//! origin's own cursor: what a caller may see, and which origins answer, may change between two pages, but the record of
//! an epoch never does. So no tool comes twice and none is passed over, and a publication ends the cursors of the epoch
//! before. It is sealed (XChaCha20-Poly1305) for the user, the virtual server and the epoch, which it doesn't contain:
//! whatever is wrong with a cursor, opening it fails in the same way, and the answer is one plain -32602. A gateway
//! whose callers never see more than 250 tools needs no `SEALING_KEYS`.
//!
//! ## What an isolate remembers of lists
//!
//! Which tools a caller may see is kept for half a minute by a digest of everything about the caller that policy may
//! see, inside the virtual server of one epoch. Calls are decided anew each time, and the quarantine is asked each time.
//! What an origin offers is kept for its own `ttlMs`, five minutes at most, as it came and before any filtering. An
//! origin with `signed_identity` is told who asks and may answer accordingly, so nothing of it is kept. Of the two, the
//! digest errs on the side of too much: two colleagues never share a decision, because policy may name them.
//!
//! ## Epochs and sequences are instants
//!
//! The epoch of a snapshot and the sequence of `head` and `quarantine` are the publisher's clock in milliseconds, so
//! publishers share no counter. A publisher whose clock is behind can't publish: isolates keep what is newer. Undoing
//! a publication is publishing the older folder again. Because an epoch is an instant, an isolate can tell a virtual
//! server that was removed from one whose new record is still on its way: within two minutes of the epoch it keeps the
//! old one.
//!
//! ## The team is fixed when the token is minted
//!
//! Groups become team and project at the token endpoint and travel in the access token, so a warm call reads nothing to
//! know who pays. A reassignment counts from the next token, ten minutes by default; a quarantine counts at once.
//!
//! ## An issuer's new key may take half a minute
//!
//! Anyone can write a `kid` into an assertion, so an unknown one makes Weir read the issuer's keys again only if the last
//! reading is half a minute old. Identity providers that announce a key before they sign with it, as most do, never
//! notice; with others an assertion may be refused meanwhile, and the client asks for a new one.
//!
//! ## Secrets of OAuth clients are stored as SHA-256
//!
//! `weir client secret` makes them: 256 random bits. A slow hash protects secrets that people choose; here it would cost
//! milliseconds of CPU on every token request and protect nothing.
//!
//! ## One schema per tool
//!
//! Cedar types the context per action, and two tools may each have an argument `amount` of another type. So the schema
//! is generated per tool, and a policy is validated against each tool in its scope: what applies to several tools asks
//! `context.arguments has amount` first. An evaluation error refuses, always.
//!
//! ## Duplicate members are refused
//!
//! JSON parsers disagree on which of two members with one name counts. If policy read the first and an origin the
//! second, `{"amount": 1, "amount": 900}` would pass a limit of 500. Weir refuses duplicates wherever it reads, at any
//! depth inside arguments.
//!
//! The same trick with case: `{"amount": 1, "Amount": 900}` is two names to us and one to an origin whose JSON reader ignores
//! case, as Go's does. So an argument that differs from a declared one in case only is refused, and so is a member of
//! `params` that looks like `name`, `arguments` or `_meta`. What the registry doesn't declare stays unseen by policy.
//!
//! ## An issuer is one tenant
//!
//! A multi-tenant issuer gives one subject to one person per tenant, and any tenant may call a group `support`. So an
//! entry in the registry trusts one tenant, or assertions without any.
//!
//! ## List decisions are not kept yet
//!
//! The design keeps them per epoch and entitlement. `tools/list` evaluates each tool, some ten microseconds natively.
//!
//! ## The trail is one object per minute, written by compare-and-swap
//!
//! Queues deliver at least once. The ledger reads the object of the event's minute (the event's id says which), adds what
//! is new by id, and writes it back only if nobody else has. So an event is in the trail exactly once, whatever crashed
//! between two steps, and no table is needed to know. It rewrites the minute's object with each batch: fine up to some
//! hundreds of events per second.
//!
//! ## The books are one row per call, keyed by the event's id
//!
//! A batch goes into the trail first and then into the books, and is acknowledged when both hold. The row is the charge and
//! its key is the event's id, in one statement, so nothing that dies, repeats or reorders can charge twice; the trail
//! decides which of two events with one id is the event. Adding up happens when a report is read: a month of a million
//! calls is a million small rows. Roll-ups can come later from the same rows.
//!
//! ## Money is decimal, down to billionths
//!
//! A call costs `per_call` and its share of `per_second` (of the origin's time) and `per_kib` (of the answer), whatever its
//! price names; nothing is rounded up to whole units. The sum is rounded once, to nine digits, a half to the even
//! neighbour. The books keep whole units and billionths as two integers, because D1 hands numbers over as doubles, and
//! reports ask for sums as text. A call that has no price is `unpriced` and counted as such in every row and total.
//!
//! ## Refusals of anonymous callers are counted
//!
//! Whoever has no token could otherwise fill the queue. The first of a reason and minute is written at once, the number
//! of the rest with the first request of a later minute. Lost with the isolate: the count of its last minute.

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
//! So a call over its user's limit is 200 with -31429, and `data` has `retry_after_seconds`. The same client looks at
//! neither 429 nor `Retry-After`: the person would read the raw body, and no program would wait. What can't be decided
//! for one call alone (its limit can't be read) is 200 with -31503 likewise; 503 is for a gateway that can serve
//! nobody.
//!
//! ## A limit is of one user in one virtual server, counted in one place
//!
//! `calls_per_minute` counts calls, reads, gets, completions and listening (`subscriptions/listen`, which holds
//! connections for minutes) that policy and every other check have let through; lists and refused calls take nothing.
//! Of a legacy client it counts `initialize`, `logging/setLevel`, a GET and its answers to origins as well: each may
//! reach every origin. So such a client begins with one or two taken.
//! All agents of a user share it: a limit that a second agent doubles is none. The key holds no epoch, so a publication
//! gives nobody a fresh minute. A minute begins with the user's first call, so there may be twice the limit in a minute
//! that lies across two. Counting asks a store with every call; so a virtual server without the setting asks none.
//!
//! ## Who brings no token to a public virtual server is one user, counted by address
//!
//! Public access is no hole in the line: without a token the caller is the user `anonymous` of the gateway itself, and
//! the registry's own policy permits that user by name what the virtual server exposes. Rules, quarantine and audit see
//! it like any other user; roles give it nothing, for it has no groups. Whoever shows a token, however wrong, is judged
//! by the token: what would be the sense of a bad credential that lets in? The limit counts each address (of IPv6 each
//! network of 2^64), lists and `server/discover` included, for nobody else stops them; and what it stops is counted in
//! the ledger, not written one by one, so that nobody without a token can fill the queue.
//!
//! ## A resource keeps its URI
//!
//! Tools and prompts of several origins get names of ours, resources don't: their URIs stand in contents and prompts
//! too, which pass unread. So two origins in one virtual server can't have the same one (`weir registry check`), and a
//! URI leads to the longest pattern that it matches. One that only looks like it (`..`, an encoded letter, a port)
//! matches no pattern: an origin could read it as a page that policy keeps.
//!
//! ## What isn't there for a caller has no method either
//!
//! A caller who may list no resource hears of `resources/list` what it hears of any unknown method, and
//! `server/discover` doesn't announce it: clients don't ask for what isn't announced. A caller who may list nothing at
//! all hears that there is no such virtual server, whatever it asks.
//!
//! ## Headers that mirror arguments are compared where the schema is known anyway
//!
//! An `Mcp-Param` header is compared with its argument when the isolate keeps the origin's list, else it travels and
//! the origin compares: a list of tools before each call would cost a request and change nothing. For a legacy client,
//! who has no such headers, Weir makes them; only once an origin has refused for want of one does it ask for the list,
//! and then once more for the call, of which nothing was done.
//!
//! ## A stream always ends in a response
//!
//! When an origin breaks off in the middle of an event stream, Weir ends the client's stream with a JSON-RPC error that
//! carries the request's id. The same client, given a stream that just ends, waits out its timeout of a minute. Event
//! ids of origins are left out: resuming is gone from the modern era, and a client that sees an id tries it.
//!
//! ## Legacy clients keep their sessions themselves
//!
//! Only a session tells what a client can be asked and who asks it, so a legacy client gets one where a legacy origin
//! of its virtual server assigns sessions. Weir stores nothing of it: it is sealed into the `Mcp-Session-Id` that the
//! client brings each time, bound to user, agent and virtual server. What passes in a session, without one, and not at
//! all: see [`super::bridging`].
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
//! once more, and at most twice a minute where that brought nothing new. A call that its origin has rejected is
//! repeated in three cases only, each at most once: its session was unknown (404), a header that mirrors an argument
//! was missing (-32020), or the origin turned out to have changed its era. All are refused before anything is done; an
//! error of a tool's own under such a status is an answer and stands. `era` in the registry ends the guessing, and
//! saves the request.
//!
//! ## Sessions of legacy origins live in the isolate
//!
//! For callers without a session of their own, an origin that assigns session ids is opened once per isolate, user and
//! agent, and the id is kept for an hour, a thousand at most. Another isolate opens its own. Where an origin assigns
//! none, one opening serves all; for callers without a token, who are strangers to each other, no id is kept. Outside a
//! client's session Weir declares no capabilities to them, so a request on
//! their stream ends it with an error. The first call of an isolate may so take four requests, each within the origin's
//! timeout. No id is in a log or an answer, but for those that are sealed into a client's session.
//!
//! ## What only reads is sent again, a call only if it never left
//!
//! A connection that broke doesn't tell what the origin has done. So lists, reads of resources and questions about a
//! task are sent a second time, within the same timeout, unless they carry a person's answers to an earlier round.
//! Everything else is sent again only where the host knows that nothing was sent. Nothing is sent again because it was
//! slow.
//!
//! An origin that is silent, or can't be connected to, five times in a row is left alone by the isolate for ten
//! seconds: `origin_circuit_open`, at once. Then one request tries. Whatever an origin answers, it is there.
//!
//! ## Long answers pass before they are known to be good
//!
//! A message of more than 256 KiB from a modern origin to a modern client is checked as it passes and held nowhere: its
//! first byte doesn't wait for its last, and it may be longer than an isolate's memory allows. What turns out to be
//! wrong can't be taken back. So a JSON text gets its last brace only when all of it was good, and an event that was
//! not good ends as `event: withdrawn`, which clients skip, with an error behind it.
//!
//! ## A task's id says whose it is
//!
//! The id that a client gets is sealed: tool, origin, and the origin's own id, for one user and virtual server. So any
//! isolate finds the way back, and none remembers. What is asked of a task is asked of policy again; how long it lives
//! is its origin's to say. A result that is a task and too long to be held is refused, because its id would have passed
//! by then.
//!
//! ## Listening ends after five minutes
//!
//! Policy decides what a stream may tell when it begins, so it ends after five minutes, in order, and the client
//! listens again. It also ends when one of its origins breaks off: a client that went on would wait in vain. What can't
//! be told isn't refused but left out of what is acknowledged.
//!
//! ## The whole call runs in the background, `receive` included
//!
//! Background work could start with *authenticate*. Starting it with *receive* costs nothing, and then there is one
//! place that knows how a call ends.
//!
//! ## The event follows the answer, or comes before its last byte
//!
//! Whether background work outlives the response is a fact of the host (`Background::OUTLIVES_RESPONSE`), so the host
//! says it and the line obeys. Where it does, no answer waits for the queue. Where it doesn't, the event is accepted
//! before a whole answer is handed over, and in a stream before its last frame: not before the first, because streams
//! must flow. So do the event of the token endpoint and the counts of refusals. The price is one write to the sink in
//! each answer's time, and an event that says *sent* of a last frame whose client leaves in that very moment. An answer
//! waits 15 s at most for its event.
//!
//! ## An intent is an event of its own
//!
//! Of a call to an origin with `audit = "two_phase"` the ledger gets two events: an intent (`phase`), and a completion
//! whose id both carry as `call`. Two ids, because the ledger keeps one event per id and reads what is under it as
//! final. The intent costs `null`, so it is in the trail and never in the books. Announced are calls, reads and gets,
//! which may change or cost something, and what a legacy client answers to an origin. Lists and completions are not:
//! what they ask of origins is often answered from memory, or changes nothing. What is refused before it would be sent
//! has its one event. When the intent can't be accepted the completion, if the sink takes that one, says so; an intent
//! may then be there that was accepted too late, and its origin was not called.
//!
//! ## A list goes without an origin that fails
//!
//! Every list, of tools, resources, templates or prompts, asks the origins of what is visible side by side, six at a
//! time, each with its own timeout and ten seconds at most. What those offer that answer comes in the registry's order.
//! The names of the others stand in the result's `_meta` under `dev.weir/unavailable`, an array of strings, and in the
//! audit event's `unavailable`, with the reason; only origins of which the caller may see something are named. Such a
//! list says that it is good for five seconds instead of thirty. When no origin answers, the list is an error: an empty
//! list would tell the client that there is nothing.
//!
//! ## A cursor is a sealed place in the registry's order
//!
//! A page has 250 items. The cursor holds two numbers and nothing of any origin's own cursor: the index, in the virtual
//! server's record, of what the next page begins with, and how many items of it earlier pages had, where one pattern
//! stands for many resources. What a caller may see, and which origins answer, may change between two pages, but the
//! record of an epoch never does. So no tool or prompt comes twice and none is passed over, and a publication ends the
//! cursors of the epoch before. Inside one pattern the order is its origin's, and only as steady as that. A cursor is
//! sealed (XChaCha20-Poly1305) for the user, the virtual server, the epoch and the kind of list, which it doesn't
//! contain: whatever is wrong with one, opening it fails in the same way, and the answer is one plain -32602. A gateway
//! without `SEALING_KEYS` serves lists of one page.
//!
//! ## What an isolate remembers of lists
//!
//! What of each kind a caller may see is kept for half a minute by a digest of everything about the caller that policy
//! may see, inside the virtual server of one epoch. Calls are decided anew each time, and the quarantine is asked each
//! time. What an origin offers is kept for its own `ttlMs`, five minutes at most, as it came and before any filtering,
//! and forgotten when the origin says on a listening stream that it has changed. An origin with `signed_identity` is
//! told who asks and may answer accordingly, so its lists are kept for each caller apart, by the same digest. The
//! digest errs on the side of too much: two colleagues never share a decision, because policy may name them.
//!
//! ## Epochs and sequences are instants
//!
//! The epoch of a snapshot and the sequence of `head` and `quarantine` are the publisher's clock in milliseconds, so
//! publishers share no counter. A publisher whose clock is behind can't publish: isolates keep what is newer. Undoing a
//! publication is publishing the older folder again. Because an epoch is an instant, an isolate can tell a virtual
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
//! Anyone can write a `kid` into an assertion, so an unknown one makes Weir read the issuer's keys again only if the
//! last reading is half a minute old. Identity providers that announce a key before they sign with it, as most do,
//! never notice; with others an assertion may be refused meanwhile, and the client asks for a new one.
//!
//! ## Secrets of OAuth clients are stored as SHA-256
//!
//! `weir client secret` makes them: 256 random bits. A slow hash protects secrets that people choose; here it would
//! cost milliseconds of CPU on every token request and protect nothing.
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
//! The same trick with case: `{"amount": 1, "Amount": 900}` is two names to us and one to an origin whose JSON reader
//! ignores case, as Go's does. So an argument that differs from a declared one in case only is refused, and so is a
//! member of `params` that looks like `name`, `arguments` or `_meta`. What the registry doesn't declare stays unseen by
//! policy.
//!
//! ## An issuer is one tenant
//!
//! A multi-tenant issuer gives one subject to one person per tenant, and any tenant may call a group `support`. So an
//! entry in the registry trusts one tenant, or assertions without any.
//!
//! ## The trail is one object per minute, written by compare-and-swap
//!
//! Queues deliver at least once. The ledger reads the object of the event's minute (the event's id says which), adds
//! what is new by id, and writes it back only if nobody else has. So an event is in the trail exactly once, whatever
//! crashed between two steps, and no table is needed to know. It rewrites the minute's object with each batch: fine up
//! to some hundreds of events per second.
//!
//! ## The books are one row per call, keyed by the event's id
//!
//! A batch goes into the trail first and then into the books, and is acknowledged when both hold. The row is the charge
//! and its key is the event's id, in one statement, so nothing that dies, repeats or reorders can charge twice; the
//! trail decides which of two events with one id is the event. Adding up happens when a report is read: a month of a
//! million calls is a million small rows. Roll-ups can come later from the same rows.
//!
//! ## Money is decimal, down to billionths
//!
//! A call costs `per_call` and its share of `per_second` (of the origin's time) and `per_kib` (of the answer), whatever
//! its price names; nothing is rounded up to whole units. The sum is rounded once, to nine digits, a half to the even
//! neighbour. The books keep whole units and billionths as two integers, because D1 hands numbers over as doubles, and
//! reports ask for sums as text. A call that has no price is `unpriced` and counted as such in every row and total.
//!
//! ## Refusals of anonymous callers are counted
//!
//! Whoever has no token could otherwise fill the queue. The first of a reason, status and minute is written at once,
//! the number of the rest with the first request of a later minute. Lost with the isolate: the count of its last
//! minute.

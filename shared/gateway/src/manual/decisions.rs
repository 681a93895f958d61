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
//! ## A stream always ends in a response
//!
//! When an origin breaks off in the middle of an event stream, Weir ends the client's stream with a JSON-RPC error that
//! carries the request's id. The same client, given a stream that just ends, waits out its timeout of a minute. Event
//! ids of origins are left out: resuming is gone from this era, and a client that sees an id tries it.
//!
//! ## The whole call runs in the background, `receive` included
//!
//! The design lets background work start with *authenticate*. Starting it with *receive* costs nothing, and then there
//! is one place that knows how a call ends.
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
//! hundreds of events per second; the books of the ledger will need a database.
//!
//! ## Refusals of anonymous callers are counted
//!
//! Whoever has no token could otherwise fill the queue. The first of a reason and minute is written at once, the number
//! of the rest with the first request of a later minute. Lost with the isolate: the count of its last minute.

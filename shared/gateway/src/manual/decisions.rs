//! Decisions: why things are as they are.
//!
//! ## A refused or failed call of a tool is a result
//!
//! Agents don't show a JSON-RPC error to their model: LangGraph ends the run, OpenAI's SDK says "an error occurred, try
//! again", Pydantic AI retries and gives up. A `tools/call` of a tool that its caller may see is therefore answered
//! with a result if policy, quarantine, a limit or its arguments refuse it, or if its origin fails. It has
//! `isError: true` and one text: what was refused, why, and what would be permitted or how long to wait. It also says
//! if the call may have taken effect. Programs read `_meta["dev.weir/refusal"]`: `code`, `reason`, `rules`,
//! `retry_after_seconds`, and `event`, the id of the audit event. That event is the same as for an error: refused is
//! refused. A policy says what it permits with `@message("…")`.
//!
//! An unknown tool and a hidden one stay the error -32602, alike: only a caller who may see a tool learns that it was
//! refused. So does a message that is wrong in itself, such as `arguments` that are no object. An origin's own JSON-RPC
//! error passes as it came.
//!
//! ## All other refusals and failures are JSON-RPC errors, mostly under HTTP 200
//!
//! MCP demands 400, 401, 403, 404 and 405 in named cases, and there Weir sends them: clients sign in, ask for a scope
//! or open a session upon the status. A read, a prompt or a completion that policy refuses, or whose origin fails, gets
//! 200 with a JSON-RPC error in the words of a refused call. Measured with the official TypeScript client 2.4: the
//! error of a 200 reaches the person as *message* and *code*; for a 403 or 502 the client shows the raw body inside
//! "Error POSTing to endpoint". `insufficient_scope` is for scopes alone: clients react to it by asking for a wider
//! token, which would not help against policy.
//!
//! A request over its user's limit is therefore 200 with -31429, and `data` has `retry_after_seconds`. The same client
//! reads neither 429 nor `Retry-After`: the person would see the raw body, and no program would wait. If only one
//! request can't be decided (its limit can't be read), it gets 200 with -31503. A 503 is for a gateway that can serve
//! nobody.
//!
//! A request that is refused before its body is parsed (401, 403, 406, 413, 415) is answered under its id all the same:
//! clients of the Python SDK would otherwise not know which request failed. Of such a body at most 16 KiB are read, and
//! nothing but the id is looked at.
//!
//! ## JSON that answers the request is the answer, under any HTTP status
//!
//! A JSON-RPC result or error under the request's id passes as it came, also under 201 or 500. Of anything else the
//! status decides: the origin refuses Weir (401, 403), has moved (3xx), is overloaded (429, 503; with the `Retry-After`
//! of the origin, if that is seconds) or broke. The audit event keeps the status in `outcome.origin_status`. Without a
//! result, 3xx, 400, 401, 403 to 407, 413 to 415 and 429 say that nothing ran, so such a call costs nothing; for 400,
//! 404 and 405 with a JSON-RPC error its code decides.
//!
//! ## An integer is a number without fraction
//!
//! Some clients write every number with a point. `5.0` and `5e0` are 5, as JSON Schema says, and policy compares them
//! exactly. Only integers of up to 53 bits may be written so: an origin reads such a number as a double, which has no
//! more, and it must see the number that policy saw. The arguments travel as they were written.
//!
//! ## A limit is of one user in one virtual server, counted in one place
//!
//! `calls_per_minute` counts calls, reads, gets, completions and listening (`subscriptions/listen`, which holds
//! connections for minutes), after policy and every other check have permitted them. Lists and refused calls count
//! against `requests_per_minute`, see below. For a legacy client it also counts `initialize`, `logging/setLevel`, a
//! GET, and its answers to origins: each may reach every origin. Such a client therefore begins with one or two taken.
//!
//! All agents of a user share the limit, because a second agent would double it. The key holds no epoch, so a
//! publication gives nobody a fresh minute. A minute begins with the user's first call, so a minute that lies across
//! two may see twice the limit. Counting asks a store with every call; a virtual server without the setting asks none.
//!
//! ## What is no permitted call counts in each isolate
//!
//! `requests_per_minute` (300 unless set) bounds what one user sends besides permitted calls, through all of its agents
//! and virtual servers: lists, completions, pings, notifications, and everything that is refused. A message counts once
//! it is known who sends it, also if it can't be read, and before anything is decided; *guard* gives a permitted call
//! back. Each message of a batch counts. A message counts one more for each request to an origin that it causes besides
//! calls, and for each hundred URIs that policy decides for a list. If anything is left, an amount may exceed it: a
//! list of many origins must be possible at all. Over the limit everything is refused, calls too, with
//! `too_many_requests`.
//!
//! Each isolate counts for itself, because a store that is asked with each ping would cost more than the ping. The
//! promise is therefore about an isolate's work, not about a user's total: on Workers a user who reaches several
//! isolates has that many limits; on Spin an instance serves up to 128 requests, and the next one begins anew. What
//! must be exact is `calls_per_minute`, which is counted in one place.
//!
//! A list whose origin says nothing about its lifetime, as in the legacy era, is kept for half a minute and for its
//! caller alone. One request reads a list; others that need it look every 50 ms, two seconds at most, if it is done. A
//! list that an origin forbids to keep (`ttlMs: 0`) is read each time, and the limit bounds how often.
//!
//! ## A hidden virtual server costs what an unknown name costs
//!
//! The scopes of its rules show without a decision whether anything here can be listed by this caller. If nothing can,
//! the answer is remembered for that caller, like that about a name without a virtual server, and the store is asked
//! once even if the isolate holds the record. A memory of unknown names that all callers share would tell them apart.
//!
//! ## Callers without a token are one user of a public virtual server, counted by address
//!
//! Public access is no exception to the line. Without a token the caller is the user `anonymous` of the gateway itself,
//! and the registry's own policy permits that user by name what the virtual server exposes. Rules, quarantine and audit
//! treat it like any other user; roles give it nothing, because it has no groups.
//!
//! A request with any `Authorization` header, even an invalid one, is never treated as anonymous: a bad credential must
//! not grant more than none. The limit counts each address (for IPv6 each network of 2^64 addresses), and each message
//! before anything is decided: lists, pings and refused calls, too. Refusals by that limit are counted in the ledger,
//! not written one by one, so that a caller without a token can't fill the queue.
//!
//! ## A resource keeps its URI
//!
//! Tools and prompts of several origins get names of our own; resources don't, because their URIs also stand in
//! contents and prompts, which pass unread. Two origins in one virtual server can't have the same URI
//! (`weir registry check`), though in two virtual servers they can, and a URI leads to the longest pattern that it
//! matches. A URI that only looks like a match (`..`, an encoded letter, a port) matches no pattern: an origin could
//! read it as a page that policy keeps.
//!
//! ## A kind that a caller may not list has no method either
//!
//! A caller who may list no resource gets the answer of an unknown method to `resources/list`, and `server/discover`
//! doesn't announce resources: clients don't ask for what isn't announced. A caller who may list nothing at all is told
//! that there is no such virtual server, whatever it asks.
//!
//! ## Headers that mirror arguments are compared if the schema is known already
//!
//! An `Mcp-Param` header is compared with its argument if the isolate holds the origin's list; otherwise it passes and
//! the origin compares. A list of tools before each call would cost a request and change nothing. A legacy client has
//! no such headers, so Weir makes them. Only after an origin has refused for want of one does Weir ask for the list,
//! and then sends the call once more; nothing of it was done before.
//!
//! ## A stream always ends in a response
//!
//! If an origin breaks off in the middle of an event stream, Weir ends the client's stream with a response of its own
//! that carries the request's id: the result of a failed call, or a JSON-RPC error. The TypeScript client, given a
//! stream that just ends, waits out its timeout of a minute.
//! Event ids of origins are left out: resuming is gone from the modern era, and a client that sees an id tries it.
//!
//! ## An origin is asked under ids of Weir's own
//!
//! Two windows of one person share a session at a legacy origin, and both begin with the id 1. Common servers find the
//! stream of a response by its id alone: measured, the second window got the first one's answer. Where a client keeps
//! the session, the id is derived and not random, because a cancellation may reach another isolate than its request.
//! Modern origins get such ids too: MCP wants the ids of one sender to be unique while they are in flight, and Weir is
//! the sender. It costs one copy of the response.
//!
//! ## An origin that asks in vain is refused, and goes on
//!
//! A legacy origin that sends a request which the client can't be asked gets -32601 at once, in the session in which it
//! asked. Ending the call instead would leave the origin waiting, often for a minute, and lose the result of a tool
//! that can do without. Only if the origin then stays silent for its timeout does the call fail, in words that say why.
//!
//! ## An origin asks a person only for what the registry names
//!
//! An origin that asks reaches a person behind the gateway's name: with a form, a page to open, a prompt for the
//! client's model, or a look at its folders. `may_ask` in the origin's file names which of them it may; none by
//! default. The form and the page are told apart (`elicitation_form`, `elicitation_url`), as MCP's capabilities do: a
//! form's answer comes back through Weir, a page is the origin's choice and can look like a sign-in. Error -32042
//! counts as a page.
//!
//! An origin isn't told of capabilities that it may not use, in `initialize` or in `_meta`, so one that keeps to the
//! protocol doesn't ask. One that asks on a stream gets -32601 and may go on without; one whose result, task or error
//! asks has its call fail with -31502, because nothing else is left of that result. It is a
//! failure of the origin: the call has run and is charged. One request among several that isn't named refuses all. The
//! notification of a task loses its requests and keeps its status, so that the client looks and hears why. A result
//! that is too long to be held can't be read, and may ask for nothing.
//!
//! The event counts requests by origin and kind, passed and refused, in `input_requests`. Their content is never in it.
//! An answer to what was asked while it was allowed still reaches the origin; a quarantine stops that.
//!
//! ## A freeze ends what is under way
//!
//! A stream is checked against the isolate's quarantine with each frame, which reads nothing, and reads it when it is
//! 30 seconds old, also in silence. So a stream ends as soon after a freeze as a new request is refused. The end is
//! told where it can be: a call's stream ends in a refusal, a subscription in a result with
//! `_meta["dev.weir/refusal"]`, upon which clients listen again, a server-initiated stream in a log message. A long
//! JSON response ends without its last brace. The result of a call that was frozen while its origin worked is withheld;
//! it has run, and is charged. A quarantine that can't be had ends streams like calls: after five minutes if the store
//! fails, at once if it is gone.
//!
//! ## Legacy clients keep their sessions themselves
//!
//! Only a session says what a client can be asked and which client asks, so a legacy client gets one if a legacy origin
//! of its virtual server assigns sessions. Weir stores nothing: the session is sealed into the `Mcp-Session-Id` that
//! the client brings each time, bound to user, agent and virtual server. [`super::bridging`] says what passes in a
//! session, without one, and not at all.
//!
//! ## A message is legacy when nothing about it is modern
//!
//! A message is modern if it has a modern `_meta`. It is also modern if it has a modern version header, and is then
//! refused for the missing `_meta`. `initialize` without a modern `_meta` is legacy whatever its header says, because
//! it agrees on a version in its body.
//!
//! ## The era of an origin is found out once, and again when it must be wrong
//!
//! `server/discover` decides: a result that names 2026-07-28, or an error that only the modern era has, is modern; any
//! other answer is legacy. An isolate remembers it until the origin rejects a request with 400, 404 or 405. Then it
//! asks once more, at most twice a minute if that brought nothing new.
//!
//! Not every server survives the question: some answer 500, 401 or 403 to a method that they don't know, break the
//! connection, or never answer. `initialize` does nothing at an origin either, so it is tried then, and after 1.5
//! seconds of silence beside the question. A session means legacy, but for five minutes only, because a modern origin
//! may have been ill. If `initialize` fails, too, the call fails with `origin_era_unknown`, whose text names the
//! setting `era`. An origin that is away, or refuses Weir's credential both times, gets that as the reason.
//!
//! An origin that has shown the modern era may speak the legacy one, too: current SDKs do by default. Only in its own
//! era can a legacy client be asked something, or get log messages as it is used to. With the first legacy client the
//! isolate therefore tries `initialize` once, and again after five minutes if it failed. Lists outside of a client's
//! session still come in the modern era, which says how long they may be kept.
//!
//! A call that its origin has rejected is repeated in three cases only, each at most once: its session was unknown
//! (404), a header that mirrors an argument was missing (-32020), or the origin has changed its era. An origin refuses
//! all three before it does anything; a tool's own error under such a status is an answer and stands. `era` in the
//! registry ends the guessing, and saves the request.
//!
//! ## Sessions of legacy origins live in the isolate
//!
//! This is about callers without a session of their own. An origin that assigns session ids is opened once per isolate,
//! user and agent; the id is kept for an hour, a thousand at most. Another isolate opens its own. If an origin assigns
//! none, one opening serves all. Callers without a token are strangers to each other, so no id is kept for them.
//!
//! Outside a client's session Weir declares no capabilities to such origins, so a request on their stream ends it with
//! an error. The first call of an isolate may therefore take four requests, each within the origin's timeout. No id is
//! in a log or a response, except for those that are sealed into a client's session.
//!
//! ## What only reads is sent again, a call only if it never left
//!
//! A broken connection doesn't tell what the origin has done. Lists, reads of resources and questions about a task are
//! sent a second time, within the same timeout, unless they carry a person's answers to an earlier round. Everything
//! else is sent again only if the host knows that nothing was sent. Nothing is sent again because it was slow.
//!
//! The isolate leaves an origin alone for ten seconds after it was silent, or could not be connected to, five times in
//! a row: calls get `origin_circuit_open` at once. Then one request tries. Any response at all proves that the origin
//! is there. A connection that breaks on a caller's own words may be the fault of these words, so it counts against
//! that caller alone.
//!
//! ## Long answers pass before they are known to be good
//!
//! A message of more than 256 KiB from a modern origin to a modern client is checked as it passes and held nowhere: its
//! first byte doesn't wait for its last, and it may be longer than an isolate's memory allows. A fault found later
//! can't be taken back. A JSON text therefore gets its last brace only when all of it was good. A bad event ends as
//! `event: withdrawn`, which clients skip, and an error follows it.
//!
//! ## A task's id says whose it is
//!
//! The id that a client gets is sealed: tool, origin, and the origin's own id, for one user and virtual server. Any
//! isolate finds the way back, and none remembers. Policy is asked again for each request about a task; its origin says
//! how long it lives. A result that is a task and too long to be held is refused, because its id would have passed by
//! then.
//!
//! ## Listening ends after five minutes
//!
//! Policy decides what a stream may tell when it begins, so it ends after five minutes, in order, and the client
//! listens again. It also ends when one of its origins breaks off: a client that went on would wait in vain. A
//! notification that can't be delivered isn't refused but left out of what is acknowledged.
//!
//! ## The whole call runs in the background, `receive` included
//!
//! Background work could start with *authenticate*. Starting it with *receive* costs nothing, and then there is one
//! place that knows how a call ends.
//!
//! ## The event follows the answer, or comes before its last byte
//!
//! A host says if background work outlives the response (`Background::OUTLIVES_RESPONSE`), and the line obeys. If it
//! does, no answer waits for the queue. If it doesn't, the event is accepted before a whole answer is handed over, and
//! in a stream before its last frame: not before the first, because streams must flow. The event of the token endpoint
//! and the counts of refusals follow the same rule.
//!
//! The price is one write to the sink within each answer's time, and an event that says *sent* of a last frame whose
//! client leaves in that very moment. An answer waits 15 s at most for its event.
//!
//! ## An intent is an event of its own
//!
//! For a call to an origin with `audit = "two_phase"` the ledger gets two events: an intent (`phase`), and a completion
//! whose id both carry as `call`. They have two ids, because the ledger keeps one event per id and reads it as final.
//! The intent costs `null`, so it is in the trail and never in the books.
//!
//! Calls, reads and gets are announced, because they may change or cost something; so is a legacy client's answer to an
//! origin. Lists and completions are not: they are often answered from memory, or change nothing. A request that is
//! refused before it would be sent has its one event. When the intent can't be accepted, the completion says so, if the
//! sink takes that one. An intent may then be there that was accepted too late, and its origin was not called.
//!
//! ## What a trapped instance owed is told by the next one
//!
//! A trap ends an instance with all its requests, and no code of it runs again. On Workers the entry module, which
//! outlives the wasm, counts the requests whose work goes on. On Spin up to sixteen requests share an instance, and
//! the host tells nobody but its own log. So each request that has taken 25 ms is noted where its event will go (a row
//! in SQLite, a member of a sorted set in Redis), with a lease of a minute that is renewed every twenty seconds. The
//! transaction that accepts the event removes the note. Every half minute an instance that hands over an event takes
//! the notes that have run out, each is taken by one, and says in `lost_before` how many they were.
//!
//! A note before every call would be a second write for each: events wait for commits already, and that is the bound on
//! Spin. A call that is answered within 25 ms pays nothing, and of the requests that a trap meets most have been under
//! way for longer, because long ones are met more often. In SQLite a note doesn't wait for the disk: a process that
//! ends loses none. Only a power cut does. What is not told: requests in their first 25 ms, and all of those whose note
//! the store didn't take. With `two_phase` the intent tells of those, too. A note whose event went elsewhere (Redis
//! failed in between) is counted although the event is there: the number can be too high.
//!
//! ## A list goes without an origin that fails
//!
//! Every list, of tools, resources, templates or prompts, asks the origins of its visible items side by side, six at a
//! time, each with its own timeout, and all of them within ten seconds (`server/discover` within three, `initialize`
//! within five). While others wait for one of the six places, a silent origin gives up its place after its share of
//! that time, so every origin is asked. Items of the origins that respond come in the registry's order. If an origin
//! fails after some of its pages, their items are listed. The names of the origins that gave nothing, or not all, stand
//! in the result's `_meta` under `dev.weir/unavailable`, an array of strings, and in the audit event's `unavailable`,
//! with the reason. Only origins of which the caller may see something are named. Such a list says that it is good for
//! five seconds instead of thirty. When no origin responds, the list is an error: an empty list would tell the client
//! that there is nothing.
//!
//! An origin's pages are read until it gives no cursor, or one that it has given before, up to 10,000 items and 8 MiB;
//! a page counts for ten items at least. An empty cursor is a cursor like any other, but an origin that refuses it has
//! meant the end. A list that isn't complete is not kept for the next request.
//!
//! ## One bad definition hides no other
//!
//! Official clients check a list as a whole: one tool without an `inputSchema`, or one `null` where a member is
//! optional, and the person has no tools of any origin. Weir therefore checks each definition as those clients do (the
//! SDKs for TypeScript 1.x and 2.x and for Python 1.x and 2.x, measured with 311 definitions) and repairs what says the
//! same in another form: an optional member that can't be read goes, `inputSchema` becomes one of an object, a resource
//! without a name is named by its URI. An `outputSchema` that clients can't compile goes, too, because the TypeScript
//! SDK 1.x loses the whole list over it. A definition whose repair would change its meaning is left out alone. An
//! `outputSchema` of another type than `object` exists since 2026-07-28, so only legacy clients get the tool without
//! it. A legacy origin's tool with `taskSupport: "required"` is left out, because legacy tasks don't pass.
//!
//! The list names what it repairs and what it leaves out in `_meta`, under `dev.weir/repaired` and `dev.weir/left_out`
//! (`[{"reason", "count", "names"}]`, at most 16 names each), as far as the caller may see it. The audit event counts
//! both for each origin in `defective`, with the reason for the first one that is left out.
//!
//! ## What is listed can be read and used
//!
//! A list asks policy about use, too. A resource is listed if the caller may read its URI; a template, unless a rule
//! forbids its text as a URI, and if its expansions match a pattern; a tool or a prompt, unless every call of it is
//! refused whatever the arguments. Rules about arguments hide nothing, because a list has none. Policy is asked again
//! only where it must be: one decision serves all URIs of a pattern that no rule tells apart, and none is needed if the
//! same rules grant listing and use. Each is kept like the visible items.
//!
//! A tool that is left out for this reason is no secret: a call is refused aloud, as before. A URI or template that
//! begins like a pattern and isn't matched by it, because it has a second spelling, is counted in `left_out` without
//! its name, because no policy has decided about it. `weir explain --resource URI` says what keeps it out.
//!
//! ## A pattern may belong to different origins in different virtual servers
//!
//! Policies identify a tool or a prompt by its exposed name, so it means one thing in the whole registry. A resource
//! can't be renamed, and many servers choose the same scheme. The same pattern may therefore lead to one origin in one
//! virtual server and to another in the next, as long as no role and no policy names it: such a rule would mean both.
//! Roles and policies then name the origin or the virtual server. A quarantine of the pattern freezes both.
//!
//! ## Results keep their origin's `serverInfo`
//!
//! A modern origin may put its name and version into `_meta` of each result, and a client that calls a tool can read
//! there what software runs behind the gateway. It stays: results pass as their origin wrote them, long ones before
//! their end is known, and a promise that holds for short answers only would be none. Weir's own answers (lists,
//! `server/discover`, `initialize`) name the virtual server, with its title and Weir's version. An origin that must not
//! be recognised has to leave the member out.
//!
//! ## The transport of 2024-11-05 is recognised and not spoken
//!
//! A server of HTTP+SSE refuses a POST with 404 or 405, like many a wrong URL. Weir then sends one GET; a stream that
//! begins with `event: endpoint` is this transport, and the reason is `origin_deprecated_transport`, in words that name
//! it. Capabilities of such an origin are not announced, because it can never serve them.
//!
//! ## A cursor is a sealed place in the registry's order
//!
//! A page has 250 items. The cursor holds two numbers and nothing of any origin's own cursor: the index, in the virtual
//! server's record, of the next page's first entry, and the number of its items that earlier pages had, for a pattern
//! that stands for many resources. The caller's permissions and the origins that respond may change between two pages,
//! but the record of an epoch never does. No tool or prompt therefore comes twice and none is passed over, and a
//! publication ends the cursors of the epoch before. Inside one pattern the order is its origin's, and only as steady
//! as that.
//!
//! A cursor is sealed (XChaCha20-Poly1305) for the user, the virtual server, the epoch and the kind of list, which it
//! doesn't contain. Opening a bad one fails in the same way whatever its fault, and the answer is one plain -32602. A
//! gateway without `SEALING_KEYS` serves lists of one page.
//!
//! ## An isolate keeps lists for half a minute by everything that policy may see
//!
//! The visible items of each kind are kept for half a minute, inside the virtual server of one epoch. The key is a
//! digest of everything about the caller that policy may see. Calls are decided anew each time, and the quarantine is
//! asked each time. An origin's own list is kept for its `ttlMs`, five minutes at most (without one, half a minute for
//! its caller alone), repaired where
//! clients need it and before any filtering; it is forgotten when the origin says on a listening stream that it has
//! changed.
//!
//! A client that has a session of its own at an origin is given the list of that session, because the origin may offer
//! more to a client that can be asked, or enable tools in a session. Such a list is read each time and kept for nobody.
//! If the origin has ended the session, the list comes from outside of it until the client has opened anew.
//!
//! An origin with `signed_identity` learns who asks and may answer accordingly, so its lists are kept for each caller
//! apart, by the same digest. The digest errs on the side of too much: two colleagues never share a decision, because
//! policy may name them.
//!
//! ## Epochs and sequences are instants
//!
//! The epoch of a snapshot and the sequence of `head` and `quarantine` are the publisher's clock in milliseconds, so
//! publishers share no counter. A publisher whose clock is behind can't publish: isolates keep the newer record.
//! Undoing a publication is publishing the older folder again. Because an epoch is an instant, an isolate can tell a
//! virtual server that was removed from one whose new record is still on its way: within two minutes of the epoch it
//! keeps the old one.
//!
//! ## An isolate that starts asks for the newest sequence, and serves without an answer
//!
//! Sequences that an isolate has seen protect that isolate. One that starts would take any record that is still valid,
//! so the newest epoch and sequences are kept where all isolates agree (`VersionedStore`). An isolate asks once, beside
//! its first read of `head`, and writes when it sees a newer record; a warm call never asks. Records come slowly to
//! some places: for two minutes after a publication the records before it may be served, and none older.
//!
//! | if this store | then |
//! |---|---|
//! | fails, or takes more than two seconds, when an isolate starts | **open**: it serves what is in the key-value store, warns in log and health (`versioned_store_failed`), asks again after half a minute, and drops what turns out to be old |
//! | fails when a newer record is to be noted | **open**: served and warned of likewise, noted half a minute later |
//! | has lost the value | open, until the next record is noted; a quarantine older than the epoch is refused all the same |
//!
//! Closed would let one object in one place stop every isolate that starts anywhere, and on Spin, where an instance
//! lives for 128 requests, a Redis that is down would stop every call. To use the open door somebody must be able to
//! write records, hold signed ones that are still valid, and find this store failing. A number that lies more than a
//! minute ahead of the isolate's clock is not noted: one publication with a wrong clock would else refuse all later
//! ones.
//!
//! ## Health names nothing to strangers
//!
//! Names of missing secrets tell an attacker which origins exist and which of them are unprotected or broken. A monitor
//! needs no name, an operator does. `/healthz` therefore tells anybody `ok`, `degraded` or `fault`, the version, the
//! epoch and reason codes. Names, key ids and ends of validity are for whoever presents `HEALTH_TOKEN`, and in the log.
//! The epoch is public because a publisher must see that it is served, also from a CI job without the token. A host
//! whose own bindings or required variables are missing names them to anybody: it serves nothing, and has no secret to
//! compare a token with.
//!
//! `degraded` is a 200: a load balancer that took every instance out because one origin's secret is missing would turn
//! a gap into an outage.
//!
//! ## The quarantine ends before the head
//!
//! Both are signed again on a schedule. Whoever can write to the store can put an older quarantine back for as long as
//! it is valid. An isolate that starts knows the newest sequence (above). Where it can't, two things bound the harm:
//! `quarantine` is valid for two days by default, not seven, and an isolate refuses one that was signed before the
//! epoch that `head` names. The latter begins two minutes after a publication, because a store may give the two records
//! at different times.
//!
//! ## One request reads an issuer's keys, and the others look
//!
//! Requests that need the keys of an issuer while another request reads them look every 50 ms if it is done. A shared
//! future would be less work, but Spin ends an instance in which one request wakes another, and workerd never polls a
//! dropped reader again. The note that a reading is under way ends by itself after six seconds.
//!
//! ## The team is fixed when the token is minted
//!
//! Groups become team and project at the token endpoint and travel in the access token, so a warm call reads nothing to
//! know who pays. A reassignment counts from the next token, ten minutes by default; a quarantine counts at once.
//!
//! ## An issuer's new key may take half a minute
//!
//! Anyone can write a `kid` into an assertion, so an unknown one makes Weir read the issuer's keys again only if the
//! last reading is half a minute old. Most identity providers announce a key before they sign with it and never notice.
//! With others an assertion may be refused meanwhile, and the client asks for a new one.
//!
//! ## Secrets of OAuth clients are stored as SHA-256
//!
//! `weir client secret` makes them: 256 random bits. A slow hash protects secrets that people choose; here it would
//! cost milliseconds of CPU on every token request and protect nothing.
//!
//! ## One schema per tool
//!
//! Cedar types the context per action, and two tools may each have an argument `amount` of another type. The schema is
//! therefore generated per tool, and a policy is validated against each tool in its scope. A policy for several tools
//! asks `context.arguments has amount` first. An evaluation error refuses, always.
//!
//! ## Policies are evaluated by Weir, and Cedar is the judge
//!
//! `weir` parses, validates and bounds policies with Cedar when it publishes them, and writes each into the record as a
//! form: its scope, and its condition as a tree of expressions in bytes. The gateway evaluates the form
//! (`shared/policy/src/evaluator.rs`) and has no parser, no schema and no Cedar. These took 767 kB of its artefact
//! (compressed, with the regular expressions of Cedar's lexer), 127 ms of the first decision in a prototype, and 92 µs
//! of each later one by ten policies; most of it repeated the work of publication. Each host and profile built Cedar
//! anew.
//!
//! The meaning of a policy is still Cedar's. A prototype agreed with it about 62,472 pairs of policy and request of
//! Cedar's public corpus and about six million random ones, with types wrong on purpose and texts and numbers at their
//! edges; 200,000 are compared in every test run (`shared/policy-compiler/src/proof.rs`), more by `cargo xtask fuzz
//! policy`. `weir registry check` decides a few
//! requests by each policy with both, `weir explain` every one, and a difference is an error. An operator that isn't
//! known to the translation refuses publication. A test names the version of Cedar's language that the proof ran with.
//!
//! Considered and not taken: Cedar with its parser removed by a patch (174 kB, and 20,000 lines of somebody else's code
//! to carry), and Cedar's own JSON or protobuf form of policies (570 kB and more: its evaluator holds names that only
//! the parser makes). The price is an evaluator of 300 lines and four extension types of our own, which every new
//! version of Cedar has to be compared with.
//!
//! A record names the format of its policies. A gateway that meets another refuses the record: `record_policies_older`
//! (publish again), `record_policies_newer` (upgrade the gateway first). A gateway from before this format finds
//! such a record malformed, and refuses as well.
//!
//! ## Duplicate members are refused
//!
//! JSON parsers disagree on which of two members with one name counts. If policy read the first and an origin the
//! second, `{"amount": 1, "amount": 900}` would pass a limit of 500. Weir refuses duplicates wherever it reads, at any
//! depth inside arguments.
//!
//! The same trick works with case: `{"amount": 1, "Amount": 900}` is two names to Weir and one to an origin whose JSON
//! reader ignores case, as Go's does. An argument that differs from a declared one in case only is refused, and so is a
//! member of `params` that looks like `name`, `arguments` or `_meta`. Policy doesn't see an argument that the registry
//! doesn't declare.
//!
//! ## An access token of the identity provider is one of RFC 9068, and its issuer is public
//!
//! Entra and Okta write access tokens that have no `typ` of their own, and name the client in other claims. To take
//! them, Weir would take any JWT of the issuer with the right audience, an ID token among them. So the mode
//! `access_token` is for issuers that keep to RFC 9068; for the others there is the browser sign-in.
//!
//! RFC 9728 lets a resource name its authorization servers, and a client that is to sign in at the provider must find
//! it there. So the metadata names issuers of this mode alone: no client needs to know an issuer of ID-JAGs. Weir
//! stands first, because deployed clients use the first entry, and is left out only if it can issue nothing. A token of
//! an issuer without the mode is answered like that of an unknown one; the reason code tells them apart.
//!
//! An audience of the provider's choice stands for one resource. One that stood for all would let a token for one
//! virtual server count at another. The provider's ids of clients are mapped, because policy, quarantine and audit know
//! an agent by one name. The principal of such a token is remembered for one epoch, because the next one may map it
//! otherwise.
//!
//! ## A service is a principal of its own type
//!
//! As a `User` with an attribute, a service would match every rule about users whose author did not think of services.
//! `Service::"ID"` is another entity: `principal is User` and `User::"…"` never mean it. It has the attributes and the
//! groups of a user, so that rules without a type fit both, and roles need no second form. Weir vouches for it: its
//! issuer is the gateway, which the registry lets no identity provider be. A client is either a service or an agent of
//! people, so that an event says which.
//!
//! ## With a map of groups, no other group counts
//!
//! In many companies any user can make a group. If `group_names` only added names, a user could make a group with the
//! name of one of the registry, and would have its roles. The map also keeps tokens short: 200 GUIDs are 10 kB.
//!
//! A token may only say where its groups are. Weir does not fetch them. The link in Entra's tokens is one of the
//! retired Azure AD Graph; Microsoft Graph would need a right to read the directory, and a request before each
//! token. With groups that are assigned to the application, or with app roles, the limit is not reached. Treating
//! the user as one without groups would bypass every `forbid` for a group.
//!
//! ## An issuer is one tenant
//!
//! A multi-tenant issuer gives one subject to one person per tenant, and any tenant may call a group `support`. An
//! entry in the registry therefore trusts one tenant, or assertions without any.
//!
//! ## Vectors of ID-JAG are published
//!
//! No document has any. `tests/vectors/id_jag` has requests with their answers, each with its rule's section, made from
//! fixed keys at a fixed time, so that another server can run them; its README says how, and where the documents leave
//! a choice. `tests/id_jag_vectors.rs` makes them and sends them to Weir.
//!
//! ## `aud_sub` travels, and decides nothing
//!
//! An ID-JAG may name the user as this server knows it (`aud_sub`) or as another directory does (`sub_id`, `email`). A
//! user here is issuer, tenant and subject: one name, which the issuer never gives to another person. `aud_sub` goes on
//! into the access token, `sub_id` is checked and left behind. `aud_tenant` names the tenant at this server; it must be
//! what the registry says for the issuer, and absent where the registry says nothing.
//!
//! ## The trail is one object per minute, written by compare-and-swap
//!
//! Queues deliver at least once. The ledger reads the object of the event's minute (the event's id says which), adds
//! the new events by id, and writes it back only if nobody else has. An event is therefore in the trail exactly once,
//! whatever crashed between two steps, and no table is needed to know. The minute's object is rewritten with each
//! batch: fine up to some hundreds of events per second.
//!
//! ## The books are one row per call, keyed by the event's id
//!
//! A batch goes into the trail first and then into the books, and is acknowledged when both hold. The row is the charge
//! and its key is the event's id, in one statement, so nothing that dies, repeats or reorders can charge twice. The
//! trail decides which of two events with one id is the event. Adding up happens when a report is read: a month of a
//! million calls is a million small rows. Roll-ups can come later from the same rows.
//!
//! ## Money is decimal, down to billionths
//!
//! A call costs the sum of what its price names: `per_call`, a share of `per_second` (of the origin's time), and a
//! share of `per_kib` (of the response). Nothing is rounded up to whole units. The sum is rounded once, to nine digits,
//! a half to the even neighbour. The books keep whole units and billionths as two integers, because D1 hands numbers
//! over as doubles, and reports ask for sums as text. A call that has no price is `unpriced` and counted as such in
//! every row and total.
//!
//! ## Refusals of anonymous callers are counted
//!
//! A caller without a token could otherwise fill the queue. The first refusal of a reason, status and minute is written
//! at once, the number of the rest with the first request of a later minute. The count of an isolate's last minute is
//! lost with the isolate.
//!
//! ## A sign-in keeps one record, and everything else travels
//!
//! The state towards the identity provider, the consent question and the id of a registered client are sealed texts;
//! the memory of consents is a cookie of authentication codes. Only what must count once has a record: one per sign-in,
//! replaced by compare-and-set, for the code and then for its refresh tokens. Weir's PKCE verifier and nonce follow
//! from a random seed in the sealed state, not from a key: so a rotation of the sealing keys between two requests
//! breaks nothing.
//!
//! ## Refresh tokens are short, and forgive for a minute
//!
//! Windows keeps 1,280 characters for everything that a client stores, so the identity provider's refresh token can't
//! be inside ours: it is in the record, under a key that needs the client's own secret. Clients refresh from several
//! processes at once; with strict reuse detection 8 of 8 honest processes were signed out (measured). The token before
//! gets the same answer for 60 s, an older one ends the sign-in. Half of a secret is an authentication code: an
//! invented token never reaches the store, and a genuine old one needs no list of old ones to be recognized.
//!
//! ## Without a refresh token of the provider there is none of ours
//!
//! A refresh that doesn't ask the identity provider would keep a disabled person signed in. For the same reason a
//! refresh without an ID token is refused: the groups could not be read anew.
//!
//! ## Refresh tokens are revoked, access tokens end by themselves
//!
//! An access token is signed and kept nowhere, so that a warm call asks no store. `/oauth/revoke` therefore answers
//! `unsupported_token_type` to one: 200 would say that it has ended. A list of revoked tokens would have to reach every
//! isolate, which is what the quarantine does for a user or a client, within half a minute.
//!
//! ## There is no introspection
//!
//! RFC 7662 is for a resource server that gets a token of ours. None does: the client's access token never reaches an
//! origin, and `signed_identity` is for one request, lasts a minute, and is verified with `/oauth/jwks`. An endpoint
//! that tells whoever asks if a token is good would serve thieves alone.
//!
//! ## A challenge for more scope names the scopes of the token too
//!
//! Each operation needs one scope. Some clients ask for exactly what `insufficient_scope` names, and would lose the
//! scopes that they have, only to be challenged for those next. So it names the union.
//!
//! ## The list of client hosts is closed
//!
//! A client-id metadata document is fetched because an anonymous request names its URL. With any host allowed, anybody
//! could choose what the gateway requests, and every program in the world could ask people for consent under a name of
//! its choice. The default is the hosts of four widely used clients; a registry lists its own. On Spin the hosts must
//! be in the manifest in any case.
//!
//! ## A consent is answered with a page, never with a redirect
//!
//! Chromium and Safari drop the redirect of a form's answer where it leads, also one step later, to a place that
//! `form-action` doesn't name; a client's web callback often hops on to its own scheme. The answer is therefore a page
//! with a link that goes on by itself, for every kind of client.
//!
//! ## A consent is skipped only if nothing led to the sign-in
//!
//! The cookie that remembers it counts together with `Sec-Fetch-Site: none`, which browsers send if a program opened
//! the address or a person typed it. Otherwise any page could start a sign-in with a client that was allowed once.
//!
//! ## Endpoints of the identity provider are on its own origin
//!
//! Codes and Weir's secret go to them. A discovery document that names another origin is refused; a provider that has
//! one, such as Google, is described in the registry, which is reviewed.
//!
//! ## A client has one way to authenticate
//!
//! `secret_hashes`, `jwks` or `public`: with two, the weaker one would count. The audience of a client assertion is
//! Weir's issuer identifier as one string, as draft-ietf-oauth-rfc7523bis asks: with the URL of an endpoint or several
//! audiences, a server that an attacker runs could hand the assertion on. Known clients send it so.
//!
//! ## DPoP is answered to those who send a proof, and to nobody else
//!
//! `token_type` is `DPoP` only after a proof: clients of the Python SDK refuse a type that they don't know. Proofs are
//! signed with P-256 or Ed25519; RSA is left out, since whoever makes a proof chooses its key, and a large one would
//! cost Weir more than its maker. Of the MCP extension's draft, `content_digest` is not asked for: its own conformance
//! scenarios send none.
//!
//! ## A proof at `/mcp` may come again until its nonce is over
//!
//! RFC 9449 leaves the choice. To know each `jti` there, every call would ask one store for the whole world; a warm
//! call asks none. A proof is for one method, URL and access token, and needs a nonce that Weir made in the last six
//! minutes. Who can read a request within TLS could repeat it for as long. At the token endpoint, where a store is
//! asked in any case, a proof counts once.
//!
//! The key of nonces follows from `ACCESS_TOKEN_KEYS`, which every deployment has, so both live keys of a rotation
//! count, and there is no further secret to set. `iat` may be five minutes off, before and after: the nonce is what
//! proves freshness, and clocks of laptops drift.
//!
//! ## A sign-in belongs to the key of its first proof, whatever kind its client is
//!
//! RFC 9449 binds refresh tokens of public clients alone. Here a refresh token that comes again within a minute gets
//! the same answer again, with an access token of the first proof's key, so a client that changes keys in between would
//! get a token that it can't use. A refresh with a wrong proof or none is refused and ends nothing: without the key a
//! stolen token is worth nothing, and its owner goes on.
//!
//! ## A page is for those who ask for HTML, and needs nothing but itself
//!
//! `GET /mcp` answers with a page only if `Accept` names `text/html`. Codex and mcp-remote begin with a GET that takes
//! anything: a page would keep them from the response that sends them to sign in. Inside a session a GET is the
//! server-initiated stream, whatever it takes.
//!
//! Pages have one inline style, which the content security policy allows by its digest: no second request, no random
//! nonce, and the same document for the same input. The consent page sends its form under the referrer policy
//! `same-origin`, because `no-referrer` would turn the form's `Origin` into `null`.
//!
//! ## The registry names the issuer of a grant, and no origin is asked for it
//!
//! An MCP client learns the authorization server from the origin, because it knows nothing else. Weir has a reviewed
//! entry per origin. An origin that could name the server would choose where the users of a company type their
//! passwords, and where Weir sends authorization codes. So the protected-resource metadata is not read, and the
//! authorization server's metadata is read from the issuer alone.
//!
//! ## A link asks who is in the browser, and trusts no cookie for it
//!
//! MCP (URL mode elicitation) requires that the person who consents is the user of the request. A link that signed in
//! the person who opens it could be sent to a victim, and trusting a session would need sessions on every page. Each
//! visit therefore goes through the corporate identity provider, which usually asks nothing, and the person must be the
//! link's user. The link is used up only after that check, so a preview of it does no harm.
//!
//! ## A revoked grant may serve for five minutes
//!
//! A call with a token in memory reads no store, so an isolate can't see at once that another has ended a grant. It
//! keeps a token of a grant for five minutes, not until the token expires. To end access on the next call, use the
//! quarantine.
//!
//! ## A user's grants are found by a list of names
//!
//! `/me` would otherwise have to look for a grant of each `vault` origin, and the gateway's own record doesn't list
//! origins. So one record per user has the names of origins with a grant; a name whose grant has ended is not shown.
//!
//! ## An origin without a grant lists its tools by name
//!
//! The origin answers lists to its own users only. Without a grant its tools would be missing, and no call could ask
//! for the grant. The names come from the registry, which has approved them; it has no descriptions and no schemas.

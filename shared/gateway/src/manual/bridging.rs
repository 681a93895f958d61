//! Bridging: the features of MCP that pass between clients and origins of the two eras, and those that don't.
//!
//! *Modern* is 2026-07-28: each request stands alone. *Legacy* is 2025-03-26, 2025-06-18 and 2025-11-25: a client opens
//! with `initialize`. Weir speaks both on either side, so there are four ways through it; each column below is *client
//! → origin*. **Works** means that bytes pass unchanged, except names, ids and trace context. If a request is refused,
//! nothing has reached the origin unless the table says so.
//!
//! ## How an era is known
//!
//! A request is modern if its `_meta` or its `MCP-Protocol-Version` says 2026-07-28, else legacy. The registry may set
//! the era of an origin (`era`). If it doesn't, Weir detects the era once by `server/discover`, and the isolate
//! remembers it. If the answer doesn't show the era (401, 403, 429, 5xx, a broken connection, silence), Weir also sends
//! `initialize`. If that doesn't show it either, calls fail with `origin_era_unknown` until the registry sets `era`. If
//! an origin rejects a request before it does anything (400, 404, 405), Weir detects the era once more, and repeats the
//! request only if the era has changed. A call that may have run is never repeated. See
//! `shared/gateway/src/origin/era.rs` and `shared/gateway/src/origin/probe.rs`.
//!
//! If an origin speaks both eras and the registry sets no `era`, Weir uses its client's era: for a legacy client the
//! column *legacy → legacy* applies. An isolate detects that by `initialize`, at the first legacy client.
//!
//! ## What passes
//!
//! | feature | modern → modern | modern → legacy | legacy → modern | legacy → legacy |
//! |---|---|---|---|---|
//! | opening | Weir answers `server/discover` itself, with the capabilities of its origins | the same; the origin is opened when it is first needed | Weir answers `initialize` itself; to an unknown version it answers with 2025-11-25 | the same, and the origin is opened for this client |
//! | lists of tools, resources, templates, prompts | Weir's own, from what origins offer | the same | the same | the same; in a session, what its origins offer in that session |
//! | a definition that official clients refuse | repaired, or left out alone | the same | the same; an `outputSchema` of another type than `object` goes, and a resource whose URI is no URL | the same |
//! | a tool with `taskSupport: "required"` | passes: the member is gone from this era | left out | left out | left out |
//! | `tools/call`, `resources/read`, `prompts/get`, `completion/complete` | works | translated: `resultType` added, protocol keys of `_meta` left out | translated: a modern `_meta` without capabilities | works |
//! | `Mcp-Param-*` headers | compared with the arguments if the isolate knows the tool's schema, else passed on; a mismatch is 400 with -32020 | compared the same way, and left out | made from the arguments; an unknown schema is looked up once the origin has refused with -32020 | none |
//! | caching hints | of a resource: never more public than the virtual server | `ttlMs` 0 and `cacheScope` added | pass, and legacy clients ignore them | none |
//! | an unknown resource | -32602 with `data.uri` | -32002 becomes -32602 | -32002 if Weir refuses, else the origin's code | -32002 |
//! | progress | works: only that of the request itself, see below | the same | the same | the same; on the server-initiated stream, too |
//! | log messages | `logLevel` in `_meta` works | only those of the level that `_meta` asks for, none without | the level of `logging/setLevel` goes along with each call as `logLevel`, if the call comes to the same isolate; none without | `logging/setLevel` goes to the session's origins; without a session it is taken and changes nothing |
//! | a client that goes away | cancels the request | closes the connection, which a legacy origin may ignore | cancels the request | closes the connection; `notifications/cancelled` goes to the session's origins |
//! | `notifications/cancelled` | 400: this era has none over HTTP | the same | 202, and nothing happens | sent to the session's origins, under the id that the request has there; without a session 202, and nothing happens |
//! | what an origin may ask for (`may_ask` in the registry) | capabilities in `_meta` without the rest; a result that asks for the rest fails: -31502 | error -32042 fails the same way | the same failure | `initialize` without the rest; a request is refused with -32601, and the call goes on |
//! | an origin that requires input: `input_required` | works; `requestState` and `inputResponses` pass untouched | can't happen | refused after the call: a tool fails with a text that says the client is too old, anything else with -32603 | can't happen |
//! | an origin that sends requests on a stream: elicitation, sampling, roots | the call fails at once: -31502 `origin_sent_request` | the origin is refused at once with -32601, and the call goes on; Weir declares no capability that it could use | as modern → modern | **works in a session** if the client has declared it, else as modern → legacy |
//! | pages to open first (-32042) | – | `input_required`, if the client opens pages, else -32603 | – | works |
//! | `ping` of a client | 404 with -32601: gone from this era | the same | Weir answers | Weir answers |
//! | `ping` of an origin, on any stream | Weir answers | Weir answers | Weir answers | Weir answers |
//! | `notifications/roots/list_changed` | 400: gone from this era | the same | 202, and nothing happens | sent to the session's origins, if the client declared it |
//! | `subscriptions/listen` | works: one stream of each origin, only notifications that were asked for and may be read; ends after five minutes | not acknowledged: a legacy origin sends nothing here | -32601: the legacy era has none | -32601 |
//! | tasks (the extension) | works, under sealed ids; policy is asked again each time | no such feature: a legacy origin answers with none | no such feature: `tasks/*` is -32601, and a task in place of a result is refused like `input_required` | -32601 |
//! | an answer of more than 256 KiB | passes as it arrives, checked on its way | held whole, up to 8 MiB | the same | the same |
//! | `resources/subscribe`, `resources/unsubscribe` | 404 with -32601: gone from this era | the same | -32601 | the origin answers, in a session; else -32601 |
//! | the server-initiated stream (`GET`) | 405 | 405 | 405: a legacy client receives no changes | all messages of the session's origins, in a session; else, or if no origin has such a stream, 405 |
//! | batches | 400: only 2025-03-26 has them | the same | up to 50 messages, of 2025-03-26 alone | the same |
//! | `Mcp-Session-Id` | ignored | ignored; Weir keeps the origin's | none is given | sealed: see below |
//! | `DELETE` | 405 | 405 | 405: there is no session to end | 405 |
//! | `Last-Event-ID`, resuming | ignored; event ids are not passed on | the same | the same | the same |
//! | legacy tasks (2025-11-25, experimental) | – | not offered | not offered: `tasks/*` is -32601 | not offered: `tasks/*` is -32601 |
//!
//! A fault found late in a long response can't be taken back. As JSON, the response ends without its last brace, so
//! that no client takes it for a message. In a stream, its event is named `withdrawn` at its end, which is no message
//! either, and the error follows as the next event.
//!
//! An id that is no task of the caller's is unknown (-32602), whatever the client declares. About a task that exists, a
//! client that doesn't declare the extension gets its origin's -32021. The suite's `tasks-capability-negotiation`,
//! which isn't scored, wants -32021 for both.
//!
//! A `tools/call` that is refused by this table gets a result with `isError: true` and Weir's code
//! in `_meta["dev.weir/refusal"]` (see [`super::decisions`]), without `resultType` in the legacy era; any other request
//! gets a JSON-RPC error. A member that the client may leave away may also be `null`; an origin gets neither.
//!
//! A JSON-RPC error keeps the status of the client's era: 200 in the legacy one, 400 or 404 in the modern one if
//! 2026-07-28 wants it. `-31502` and its neighbours are Weir's own; see `mcp::error_code`.
//!
//! ## What precedes a response
//!
//! Of an event stream, only events without a type or of type `message` are read; all others, such as `ping`, are
//! skipped, and so are events without data. On the stream of a call these notifications pass, and no others:
//!
//! - progress under the token of that very request;
//! - log messages, from a legacy origin to a modern client only at the level that it asked for;
//! - from a legacy origin to a legacy client: that a list has changed, that an elicitation in URL mode is complete, and
//!   that the origin withdraws a request that it sent on this stream;
//! - notifications whose method does not begin with `notifications/`: they are an extension's.
//!
//! Changes of resources and tasks, and anything else, belong on a stream that the client opened to receive them.
//!
//! Comments, events of other types and pings show that the connection lives. They don't show that the origin works on
//! the call: if no message comes for as long as the origin's timeout, the call ends with -31504. If the origin still
//! waits for something that it was refused, the error says so (-31502 `origin_sent_request`).
//!
//! ## Ids and progress tokens
//!
//! Weir is the requestor of every request to an origin: several clients may share one session there, and their ids
//! would collide. An origin therefore gets ids and progress tokens of Weir's own, as strings, unique in the session
//! whatever isolate they come from. Responses, progress and cancellations are translated back: the client gets its own
//! ids and tokens, byte for byte.
//!
//! - A request of Weir's own, and of a client without a session, has the id `SPAN-NUMBER`: Weir's span of the call (64
//!   random bits, the parent that `traceparent` names) and the number of the request within the call. The progress
//!   token is the same string.
//! - A request of a client with a session has a 128-bit digest of the session and the client's id. Every isolate
//!   derives the same, so `notifications/cancelled` finds its request. It is unique as long as the client doesn't use
//!   an id twice, which MCP forbids. The progress token is the client's, sealed for this session and origin, so that
//!   progress finds back on the server-initiated stream, and from no other origin.
//! - A request that is repeated, because nothing ran or it only reads, keeps its id.
//!
//! ## Sessions of legacy clients
//!
//! Weir stores no sessions. The `Mcp-Session-Id` in the response to `initialize` contains the session's state, sealed:
//! the client's capabilities, the end of the session (8 hours), and for each legacy origin its version and session id.
//! It is bound to the user, the agent and the virtual server. A session that was cut, mixed between users, has ended,
//! or was sealed by a removed key is answered with 404 `session_ended`; clients then open a new one. A call whose
//! origin says that it has ended the session is answered the same way, with `origin_session_ended`.
//!
//! A client gets a session only if the session would contain an origin: the deployment has `SEALING_KEYS`, and a legacy
//! origin that assigns sessions is among those that the caller sees. Such an origin is opened with the client's own
//! capabilities, at `initialize`. An origin that doesn't answer within five seconds is left out, and served as for a
//! client without a session. So is an origin whose session ids have more than 256 characters, and one that assigns
//! none: it can't tell users apart, so any user could receive its requests and messages. A client without a session is
//! served, too. The isolate keeps sessions at the origins for its user and agent, and these declare no capability.
//!
//! An origin's request arrives on the stream of the call, or on the server-initiated stream, under an id of Weir's own.
//! That id is sealed, with the origin and its id in it, bound to the client's session, and valid for an hour after the
//! stream began. The client POSTs its response with that session; Weir hands it to the origin under the origin's id,
//! and answers 202. Any other response is 400 `unknown_request`. A response needs the scope `tools:call`, and is
//! audited with its origin. An origin may ask only for what the registry names for it and the client has declared;
//! anything else is refused, and the call goes on. While the origin may be waiting for a person's answer, a stream may
//! be silent for ten minutes instead of the origin's timeout.
//!
//! With a session, `initialize` declares `listChanged` and `subscribe` if a legacy origin does. The server-initiated
//! stream ends after five minutes, because policy decided when it began; clients then open it again by themselves. Only
//! callers who may read a resource are notified of its changes. Callers without a token can't open the stream (405):
//! they are one user, so one caller could receive the requests for another. They do receive requests on the stream of a
//! call. The conformance suite's `elicitation-sep1034-client-defaults` sends its request on the server-initiated
//! stream, so it fails on a public virtual server.
//!
//! ## What is refused, and why
//!
//! - *A modern origin that requires input from a legacy client.* The client's answer would come as another request,
//!   perhaps to another isolate, and somebody would have to keep the call meanwhile. Weir keeps nothing.
//! - *A legacy origin that sends a request to a modern client.* The modern era has no requests on a stream. Weir
//!   declares no capabilities for such clients, so an origin that keeps to the protocol doesn't ask. One that does is
//!   told at once that the client can't be asked, so that it need not wait: most tools then fail in words of their own,
//!   or do without.
//! - *Resuming a stream.* Weir gives out no event ids, and it doesn't ask for the rest of an origin's stream that
//!   breaks off: the call has failed, with -31502, and the client decides if it calls again. The conformance suite's
//!   `sse-retry` wants it.
//! - *Signing in at an origin.* An origin's credential is in the registry; Weir has no browser to show and no consent
//!   to ask for (the suite's `auth/*`). An origin may still ask its user to open a page, with the means above.
//! - *Changes sent to legacy clients by modern origins, and to modern clients by legacy ones.* Neither is declared as a
//!   capability (`listChanged`, `subscribe`); lists are kept half a minute at most.

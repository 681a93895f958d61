//! Threats: what goes wrong in gateways, where Weir answers it, and which test proves it.
//!
//! Files are those of `shared/` unless they say otherwise; tests are those of `tests/`, run in memory, on workerd and on
//! Spin. A few that need a clock to move, or a store to fail, run in memory alone.
//!
//! ## Getting in
//!
//! | threat | answer | test |
//! |---|---|---|
//! | a forged, foreign or expired token | one algorithm list per decision, exact issuer and audience: `oauth/src/access_token.rs`, `oauth/src/jws.rs` | `authenticate::every_broken_token_is_401` |
//! | an identity assertion used as a bearer token | `typ` is checked: `oauth/src/jws.rs` | `authenticate::an_id_jag_is_never_a_bearer_token` |
//! | a token for one virtual server used at another | the audience is the path's resource: `gateway/src/line/authenticate.rs` | `authenticate::every_broken_token_is_401` |
//! | an assertion redeemed twice, also at the same instant | claimed through `Once`, last of all checks: `gateway/src/endpoints/token.rs` | `token_endpoint::an_assertion_is_redeemed_once`, `of_many_at_once_one_redemption_wins` |
//! | burning somebody's one-time assertion with a bad request | nothing is claimed before everything else holds | `token_endpoint::a_refused_assertion_is_not_used_up` |
//! | an issuer's rotated or invented key ids | read again, but at most twice a minute: `gateway/src/keys.rs` | `token_endpoint::an_issuer_may_rotate_its_keys` |
//! | an issuer or agent was removed, its tokens live on | both are looked up on every call: `gateway/src/line/authenticate.rs` | `authenticate::a_token_of_a_removed_issuer_or_agent_is_401` |
//! | somebody of another tenant of a trusted issuer | one tenant per issuer: `gateway/src/endpoints/token.rs` | `token_endpoint::an_assertion_of_another_tenant_is_refused` |
//! | a frozen user keeps a token | the quarantine is asked on every call: `gateway/src/line/authenticate.rs` | `registry_records::a_quarantine_is_taken_up_while_tokens_live` |
//! | a page in the browser of a user (DNS rebinding) | web origins are listed: `gateway/src/line/receive.rs` | `receive::a_foreign_web_origin_is_403` |
//! | public access to one virtual server opens another, or lends a bad token something | one user without groups, for what that virtual server exposes; whoever shows anything is judged by it: `gateway/src/line/authenticate/anonymous.rs`, `policy/src/role.rs` | `public::nothing_else_opens_with_it`, `isolation::who_brings_no_token_has_what_is_public_alone` |
//! | policy or the quarantine is passed over for who brings no token | both are asked as for anybody: `gateway/src/line/authorize.rs` | `public::rules_count_for_everybody`, `the_anonymous_user_can_be_frozen` |
//! | a forged `Host` that ends up in metadata | HOST is configuration: `gateway/src/endpoints.rs` | `receive::a_forged_host_changes_nothing` |
//!
//! ## Finding out
//!
//! | threat | answer | test |
//! |---|---|---|
//! | probing which virtual servers exist | nobody unknown gets that far, and metadata looks alike: `gateway/src/serve.rs`, `gateway/src/endpoints/documents.rs` | `discovery::metadata_of_an_unknown_server_looks_like_any_other`, `resolve::an_unknown_and_a_hidden_virtual_server_answer_alike` |
//! | probing for hidden tools | hidden and unknown are one refusal: `gateway/src/line/authorize.rs` | `authorize::a_hidden_and_an_unknown_tool_answer_alike` |
//! | probing for hidden resources and prompts, also by completion | the same refusal for each kind; what may not be used is not completed: `gateway/src/line/authorize.rs` | `resources::a_hidden_and_an_unknown_resource_answer_alike`, `prompts::a_hidden_and_an_unknown_prompt_answer_alike`, `completion::what_may_not_be_known_is_not_completed` |
//! | a definition of a hidden tool in a list | lists are made of what is visible: `gateway/src/line/filter/list_page.rs` | `filter::a_hidden_definition_never_shows` |
//! | a list kept for one caller is shown to another, or outlives its policy | decisions are kept by everything that policy may see, per epoch, half a minute; the quarantine is asked each time: `gateway/src/principal/entitlement.rs` | `composition::memory::what_is_remembered_never_crosses_callers`, `a_new_epoch_forgets_what_was_remembered` |
//! | a list that an origin made for one user is shown to another | lists of origins that are told who asks are kept for that caller alone: `gateway/src/isolate/catalogue.rs`, `origin/list.rs` | `composition::memory::an_origin_that_knows_the_caller_is_asked_once_for_each` |
//! | a cursor made up, changed, or of another user, virtual server or epoch | sealed for all three, one refusal for all: `gateway/src/sealed/cursor.rs`, `sealed.rs` | `composition::pages::every_foreign_cursor_gets_the_same_refusal` |
//! | a legacy client's session cut, mixed, replayed or of another user or agent | sealed for both and the virtual server, one 404 for all: `gateway/src/sealed/session.rs` | `legacy::sessions::a_session_is_good_for_whoever_opened_it_alone`, `a_session_ends_after_a_working_day` |
//! | an origin that takes all users for one tells one of them what it tells another | only origins that assign session ids are in a client's session: `gateway/src/origin/client_session.rs` | `legacy::unasked::an_origin_to_which_all_users_are_one_is_in_nobodys_session` |
//! | somebody else answers what an origin has asked a client | the id is sealed for the session that it was asked in: `gateway/src/sealed/question.rs` | `legacy::questions::an_answer_goes_to_who_asked_or_nowhere` |
//! | a task's id invented, changed, or of another user or virtual server; another task in its origin's answer | the id is sealed for user and virtual server, with tool and origin in it, and policy is asked again: `gateway/src/sealed/task.rs`, `line/authorize/following.rs` | `tasks::what_is_no_task_of_the_caller_is_unknown`, `policy_is_asked_again`, `an_origin_that_mixes_up_its_tasks_is_not_believed` |
//! | a stream that listens tells of what its caller may not see, or goes on after policy has changed | only what was asked for and permitted passes, for five minutes: `gateway/src/line/authorize/following.rs`, `line/filter/subscription.rs` | `listen::a_caller_hears_of_nothing_that_it_does_not_see`, `it_ends_after_a_while_so_that_policy_is_asked_again` |
//! | an origin tells a legacy client of a resource that it may not read | policy is asked of each: `gateway/src/line/filter/server_stream.rs` | `legacy::unasked::whoever_listens_hears_of_nothing_that_it_may_not_read` |
//! | an origin's error page, headers or address in an answer | only JSON-RPC passes: `gateway/src/origin/response.rs` | `respond::an_origins_trouble_is_told_without_its_insides`, `filter::headers_of_an_origin_stay_behind` |
//! | secrets in logs and events | `ports/src/secret.rs` can't be printed; events hold names and types: `audit/src/redaction.rs` | `audit::no_event_carries_a_credential`, `values_are_redacted_unless_the_registry_allows_them` |
//!
//! ## Getting around policy
//!
//! | threat | answer | test |
//! |---|---|---|
//! | headers say one tool, the body another | they must agree, and the body counts: `mcp/src/headers.rs` | `parse::every_broken_message_gets_its_code`, `legacy::clients::policy_and_identity_count_in_both_eras` |
//! | an argument of another type, so that a rule can't be evaluated | declared types are checked, and an evaluation error refuses: `policy/src/decision.rs` | `authorize::a_wrong_typed_argument_is_refused_before_a_rule_can_miss_it`, `an_evaluation_error_refuses` |
//! | `__entity` in an argument becomes an entity | the context is built of restricted values only: `policy/src/request/arguments.rs` | `authorize::an_entity_in_an_argument_is_data` |
//! | an argument that comes twice | refused at any depth: `policy/src/request/arguments.rs` | `authorize::an_argument_that_comes_twice_is_refused` |
//! | an argument, or the tool's name, again in another case | refused where it could matter: `policy/src/request/arguments.rs`, `gateway/src/line/parse.rs` | `authorize::a_name_in_another_case_is_refused` |
//! | a second spelling of a URI (case, a port, `..`, `%2F`, `#`), which a rule doesn't see and an origin understands | `*` stands for one spelling, everything else is unknown: `registry/src/resource/plain.rs` | unit tests of `registry`: `star_matches_plain_text_only`, `star_never_matches_uri_that_url_parser_would_rewrite`; `resources::a_rule_may_refuse_a_uri` |
//! | an `Mcp-Param` header says one argument, the body another | compared where the isolate knows the schema, else by the origin: `gateway/src/line/guard.rs`, `mcp/src/parameter_headers.rs` | `parameter_headers::headers_are_compared_where_the_schema_is_known`, `where_the_schema_is_not_known_the_origin_compares` |
//! | a wider token than policy, or narrower | scope narrows, never widens: `gateway/src/line/authorize.rs` | `authorize::a_scope_narrows_what_policy_grants` |
//!
//! ## Forging the registry
//!
//! | threat | answer | test |
//! |---|---|---|
//! | whoever can write to the store writes policy | every record is signed, with its name, epoch and digest: `registry/src/record.rs` | `registry_records::an_unsigned_record_serves_nothing` and its neighbours |
//! | an old registry is put back | epochs and sequences never go back: `gateway/src/records.rs` | `registry_records::a_record_of_an_older_epoch_serves_nothing` |
//! | a newer one, or a quarantine, is withheld | both end: `gateway/src/records/standing.rs` | `registry_records::an_expired_head_or_quarantine_serves_nothing` |
//! | an origin inside the network (SSRF) | addresses are checked at publication, redirects never followed: `registry/src/address.rs`, `host-workers/src/fetch.rs` | `registry_folder::addresses_inside_a_network_are_refused_outside_development`, `forward::a_redirect_is_not_followed` |
//! | one origin's file sends another's secret | a secret's name comes from its origin's: `gateway/src/origin/credential.rs` | `forward::the_header_credential_is_the_origins_own_secret` |
//! | a session at a legacy origin used for somebody else | kept by origin, user and agent: `gateway/src/origin/legacy_session.rs` | `legacy::origins::each_principal_and_agent_has_a_session_of_its_own` |
//! | a call that ran is sent again, by session or era healing or after a broken connection | only what was refused before it ran, what never left, and what only reads: `gateway/src/origin/response.rs`, `origin/request.rs` | `legacy::origins::what_may_have_run_is_never_repeated`, `circuit::a_read_is_sent_twice_at_most` |
//! | a long answer, passed on as it comes, ends in a wrong id, a duplicate or half a result | JSON without its last brace is no message, an event is withdrawn by its type (`event: withdrawn`), and the audit event says so: `gateway/src/line/filter/long_response.rs`, `mcp/src/json_rpc/long_message.rs` | `streaming::a_long_answer_that_turns_out_wrong_is_never_whole`, `a_long_event_that_turns_out_wrong_is_withdrawn` |
//! | the client's token reaches an origin | only named headers travel: `gateway/src/origin/request.rs` | `forward::nothing_of_the_clients_reaches_an_origin` |
//!
//! ## Wearing it out, and hiding
//!
//! | threat | answer | test |
//! |---|---|---|
//! | large or deep bodies, endless lists, endless answers | bounds on each: `gateway/src/limits.rs`, `json/src/lib.rs` | `receive::a_body_over_the_limit_is_413`, `parse::a_deep_body_is_refused`, `filter::an_endless_list_is_an_origin_failure` |
//! | one user's agent runs wild | so many calls a minute, counted once for all isolates, refused when nobody can count: `gateway/src/line/guard/calls_per_minute.rs` | `guard::rate::of_many_calls_at_once_as_many_pass_as_fit`, `a_store_that_cannot_count_refuses_what_it_should_count_and_nothing_else` |
//! | many callers without a token | the limit counts their addresses, and lists too; a public virtual server must have one: `gateway/src/line/guard/calls_per_minute.rs`, `registry/src/document/virtual_server.rs` | `public::who_brings_no_token_is_limited_by_address` |
//! | a batch that is a thousand requests | 50 messages, of the one version that has batches, each walking the whole line: `gateway/src/batch.rs` | `legacy::batches::what_is_no_batch_of_this_version_is_refused` |
//! | a dead or slow origin takes the lists of others down | each is asked by itself, ten seconds at most: `gateway/src/origin/list.rs` | `composition::a_failing_origin_takes_nobody_with_it` |
//! | everybody waits for an origin that is away | left alone for ten seconds after five failures: `gateway/src/origin/circuit_breaker.rs` | `circuit::five_failures_in_a_row_open_it_and_ten_seconds_let_one_through` |
//! | an origin that hangs | deadlines before headers and between chunks: `ports/src/fetch.rs` | `forward::an_origin_that_stalls_inside_its_answer_is_cut_off` |
//! | calls that leave no trace because the client resets | the call is a background task: `gateway/src/serve.rs` | `reset::*` |
//! | a queue that refuses | tried again, then the outbox: `host-workers/src/audit_sink.rs` | `audit::a_queue_that_refuses_costs_no_call_and_no_event` |
//! | a call that must not go unrecorded, while nothing is recorded | announced before its origin hears of it, or not made: `gateway/src/line/announce.rs` | `announce::an_intent_that_no_sink_accepts_stops_the_call`, `the_intent_is_accepted_before_the_origin_hears_of_the_call` |
//! | events lost while queue and outbox refuse, unseen | the next that is accepted says how many: `gateway/src/line/audit/acceptance.rs` | `audit::lost::the_next_event_says_how_many_were_lost` |
//! | filling the queue without a token | counted: `gateway/src/line/audit/refusals.rs` | `audit::refusals_of_strangers_are_counted_not_written_one_by_one` |
//! | an event too large for the queue | cut to fit, never dropped: `audit/src/event/bound.rs` | `audit::hostile_arguments_never_lose_the_event` |
//! | an event twice, or lost between two steps | compare-and-swap by event id: `ledger/src/consume.rs` | unit tests of `ledger` |
//! | bytes that nobody thought of | fuzzed from what strangers can reach, the whole line included: `tests/fuzz` | `cargo xtask fuzz` |
//!
//! ## Known, and not mended yet
//!
//! - An argument of a template or prompt is judged as far as it is typed: what an origin suggests for it is not judged
//!   (`gateway/src/line/authorize/completing.rs`).
//! - An update about a resource that is too long to be held passes on the stream of a call without being dropped: its URI,
//!   nothing more (`gateway/src/line/filter/event_stream.rs`).
//! - A call of an unknown name evaluates policy until something visible is found, and a batch may hold fifty
//!   (`gateway/src/line/authorize/asking.rs`).
//! - A task's sealed id is bound to user, agent and virtual server, but has no end of its own (`gateway/src/sealed/task.rs`).
//!
//! ## Not answered yet
//!
//! Poisoned tool descriptions (pins), content of arguments and results (guards), an audit trail that shows
//! tampering. A record doesn't say which gateway it is for: two gateways with one publisher key would take each other's.

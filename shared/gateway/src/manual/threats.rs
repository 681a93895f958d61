//! Threats: common failures of gateways, the code in Weir that prevents each one, and the test that proves it.
//!
//! Paths are relative to `shared/` unless they begin with another folder of the root. Tests are those of `tests/`. They
//! run in memory, on workerd and on Spin. A few tests need a movable clock or a failing store, and run in memory only.
//!
//! ## Authentication
//!
//! | threat | answer | test |
//! |---|---|---|
//! | A forged, foreign or expired token is accepted. | One algorithm list per decision; exact issuer and audience: `oauth/src/access_token.rs`, `oauth/src/jws.rs` | `authenticate::every_broken_token_is_401` |
//! | An identity assertion is used as a bearer token. | `typ` is checked: `oauth/src/jws.rs` | `authenticate::an_id_jag_is_never_a_bearer_token` |
//! | A token for one virtual server is used at another. | The audience must be the resource of the path: `gateway/src/line/authenticate.rs` | `authenticate::every_broken_token_is_401` |
//! | An assertion is redeemed twice, possibly at the same instant. | It is claimed through `Once`, after all other checks: `gateway/src/endpoints/token.rs` | `token_endpoint::an_assertion_is_redeemed_once`, `of_many_at_once_one_redemption_wins` |
//! | A bad request uses up the one-time assertion of another caller. | Nothing is claimed before every other check has passed. | `token_endpoint::a_refused_assertion_is_not_used_up` |
//! | A stolen assertion is good for an hour, or grants everything because it names no scope. | An issuer's assertions last 300 s unless the registry says otherwise; without `scope` they grant what the registry names, by default nothing: `oauth/src/id_jag.rs`, `oauth/src/grant.rs` | `token_endpoint::settings::lifetime_and_missing_scope_follow_settings_of_issuer` |
//! | An issuer rotates its keys, or an attacker invents key ids. | The keys are read again, at most twice a minute, and once for any number of requests at the same time: `gateway/src/keys.rs` | `token_endpoint::an_issuer_may_rotate_its_keys`, `issuer_keys::any_number_of_assertions_makes_one_reading_of_keys`, `invented_key_ids_make_two_readings_a_minute_at_most` |
//! | An issuer's key set drips or never ends. | Five seconds and 64 KiB: `gateway/src/keys.rs` | `issuer_keys::keys_that_drip_or_never_end_are_refused` |
//! | An issuer or agent was removed, but its tokens are still valid. | Both are looked up on every call: `gateway/src/line/authenticate.rs` | `authenticate::a_token_of_a_removed_issuer_or_agent_is_401` |
//! | A user of another tenant of a trusted issuer signs in. | An issuer entry trusts one tenant: `gateway/src/endpoints/token.rs` | `token_endpoint::an_assertion_of_another_tenant_is_refused` |
//! | A frozen user keeps a valid token. | The quarantine is checked on every call: `gateway/src/line/authenticate.rs` | `registry_records::a_quarantine_is_taken_up_while_tokens_live` |
//! | A stream, or a call whose origin takes long, goes on after its user, agent, tool or origin was frozen. | It is checked with each frame and each reading of the quarantine, also in silence: `gateway/src/line/quarantine.rs`, `gateway/src/line/deliver.rs` | `freeze::freeze_ends_what_is_under_way_within_bound_of_quarantine`, `quarantine_that_is_gone_ends_streams`, `frozen_resource_is_not_told_of_on_open_stream` |
//! | A web page in a user's browser calls Weir (DNS rebinding). | Web origins are listed in the registry: `gateway/src/line/receive.rs` | `receive::a_foreign_web_origin_is_403` |
//! | A client's name is markup, or hides and reorders the question on a page. | Markup is the program's own, all else is escaped, hidden characters are shown by number: `gateway/src/pages/html.rs` | unit tests of `gateway`: `hostile_text_changes_no_markup`, `whatever_others_write_changes_no_markup` |
//! | A page is framed, runs a script, or its form or link leads somewhere else. | No script, one inline style by its digest, `frame-ancestors 'none'`, a form for one redirect URI: `gateway/src/pages/document.rs`, `gateway/src/pages/destination.rs` | unit tests of `gateway`: `hostile_destination_is_not_read`, `form_may_lead_to_its_redirect_uri_alone`; `connect::browser_gets_the_line_for_each_client` |
//! | Public access to one virtual server opens another, or helps a bad token. | Anonymous access is one user without groups, for the items of that virtual server. A request with any `Authorization` header is never treated as anonymous: `gateway/src/line/authenticate/anonymous.rs`, `policy/src/role.rs` | `public::nothing_else_opens_with_it`, `isolation::who_brings_no_token_has_what_is_public_alone` |
//! | Policy or quarantine is skipped for callers without a token. | Both are checked as for any user: `gateway/src/line/authorize.rs` | `public::rules_count_for_everybody`, `the_anonymous_user_can_be_frozen` |
//! | A forged `Host` header appears in metadata. | The host name comes from configuration: `gateway/src/endpoints.rs` | `receive::a_forged_host_changes_nothing` |
//!
//! ## Browser sign-in
//!
//! | threat | answer | test |
//! |---|---|---|
//! | A registered client gets a code for whoever is signed in at the identity provider (the confused deputy). | A page of Weir's names client and redirect host, and no code exists before *Allow*: `gateway/src/endpoints/sign_in/consent.rs` | `sign_in::attacks::case_1_foreign_client_gets_no_code_without_consent` |
//! | A sign-in that one browser began is finished in another: session fixation, login CSRF. | State and consent are sealed and bound to a cookie of that browser: `gateway/src/endpoints/sign_in/transaction.rs` | `sign_in::attacks::case_2_sign_in_ends_in_the_browser_that_began_it` |
//! | A page starts a sign-in with a client that was allowed before. | A remembered consent counts with `Sec-Fetch-Site: none` alone, for one person, client and redirect host: `gateway/src/endpoints/sign_in/remembered.rs` | `sign_in::attacks::case_3_remembered_consent_counts_for_a_direct_start_alone` |
//! | A redirect URI leads elsewhere than it seems: user info, another host that begins alike, a script. | Parsed once, compared part by part, only the loopback port is free: `oauth/src/redirect_uri.rs` | `sign_in::attacks::cases_4_to_8_nobody_is_sent_to_an_unregistered_address` |
//! | An unknown client or address makes the endpoint an open redirect. | Until both are known, an error is a page that repeats nothing: `gateway/src/endpoints/sign_in/authorize.rs` | the same |
//! | A redirect URI is checked at registration only. | It is looked up again at each step: `gateway/src/endpoints/sign_in/redeem.rs` | `sign_in::attacks::case_9_redirect_policy_is_asked_at_each_step` |
//! | A client-id metadata document redirects, is large, of another client, private, or tells ports apart. | Listed hosts, no redirects, 5 KiB, 5 s, one text for every failure, failures kept: `gateway/src/endpoints/sign_in/documents.rs`, `oauth/src/client_metadata.rs` | `sign_in::clients::document_that_cannot_be_used_looks_like_an_unknown_client`, `host_that_is_not_listed_is_never_asked` |
//! | A document changes between sign-in and redemption. | The code's record has its own facts: `gateway/src/endpoints/sign_in/family.rs` | `sign_in::clients::document_counts_as_it_was_at_consent` |
//! | Registrations flood a store, or bring markup and pictures. | The id is the sealed metadata; limits per network; text is escaped: `gateway/src/endpoints/sign_in/register.rs`, `gateway/src/endpoints/sign_in/limits.rs` | `sign_in::attacks::case_13_registrations_cost_nothing_and_are_limited` |
//! | PKCE is left out or downgraded. | `S256` always: `oauth/src/pkce.rs` | `sign_in::attacks::case_14_pkce_cannot_be_left_out` |
//! | A code is used twice, late, or by another client. | One compare-and-set; the family ends: `gateway/src/endpoints/sign_in/redeem.rs` | `sign_in::attacks::case_15_code_counts_once_and_for_its_client`, `case_15_code_ends_after_a_minute` |
//! | A stolen refresh token is used beside its owner, or after a revocation. | Rotation; an older generation ends the family; a revocation wins over a refresh under way: `gateway/src/endpoints/sign_in/refresh.rs` | `sign_in::refresh::older_token_ends_the_family`, `sign_in::attacks::case_16_revocation_wins_over_a_refresh_under_way` |
//! | Honest processes that refresh at once sign each other out, or the provider takes their flights for a theft. | One flight; the token before gets the same answer for a minute | `sign_in::refresh::race_of_fifty_is_one_flight_and_one_successor`, `token_before_gets_the_same_answer_for_a_minute` |
//! | A failing store or provider is read as a replay, and people are signed out. | 503, and nothing ends | `sign_in::refresh::store_that_fails_ends_nothing`, `provider_that_is_down_ends_nothing` |
//! | A disabled user keeps access by refreshing. | Each refresh asks the provider: `gateway/src/endpoints/sign_in/provider.rs` | `sign_in::refresh::disabled_person_loses_access_at_the_next_refresh` |
//! | The store or a log gives the provider's refresh token away. | It is under a key of the client's secret, and in no page, event or log: `gateway/src/sealed/sealing_keys.rs` | `sign_in::refresh::provider_token_is_nowhere_to_be_seen` |
//! | Consent cookies outgrow proxies; two tabs overwrite each other. | 24 entries of 16 characters; the question itself carries its state | `sign_in::attacks::case_18_cookies_stay_small_and_tabs_apart` |
//! | The provider's discovery names a foreign endpoint, which would get codes and secrets. | Own origin only: `oauth/src/openid_provider.rs` | `sign_in::attacks::case_19_foreign_endpoint_of_the_provider_is_not_asked` |
//! | An answer of another provider or another sign-in is taken for this one's (mix-up, code injection). | `iss`, state, nonce, audience and authorized party: `gateway/src/endpoints/sign_in/callback.rs`, `oauth/src/id_token.rs` | `sign_in::attacks::case_20_answer_of_another_provider_or_sign_in_is_refused` |
//! | Another site sends the consent form, or frames the page. | `Origin`, `Sec-Fetch-Site`, `SameSite`, `frame-ancestors 'none'` | `sign_in::attacks::answer_of_another_site_is_refused` |
//!
//! ## Disclosure
//!
//! | threat | answer | test |
//! |---|---|---|
//! | A caller probes for existing virtual servers. | Unauthenticated callers do not get that far, and metadata looks alike: `gateway/src/serve.rs`, `gateway/src/endpoints/documents.rs` | `discovery::metadata_of_an_unknown_server_looks_like_any_other`, `resolve::an_unknown_and_a_hidden_virtual_server_answer_alike` |
//! | A caller tells a hidden virtual server from an unknown one by the work of the answer. | Both cost one read in half a minute, and no decision: `gateway/src/line/resolve.rs`, `gateway/src/isolate/unseen.rs` | `admit::work::hidden_virtual_server_costs_the_same_as_unknown_one` |
//! | A page for people tells which virtual servers exist, or another site reads it. | It is made from the path and the gateway's state alone, and no web origin may read it: `gateway/src/endpoints/connect.rs` | `connect::page_is_the_same_for_everybody_and_of_every_name` |
//! | A caller probes for hidden tools. | Hidden and unknown tools get the same refusal: `gateway/src/line/authorize.rs` | `authorize::a_hidden_and_an_unknown_tool_answer_alike` |
//! | A caller probes for hidden resources and prompts, also by completion. | Each kind has one refusal for both cases; an item that may not be used is not completed: `gateway/src/line/authorize.rs` | `resources::a_hidden_and_an_unknown_resource_answer_alike`, `prompts::a_hidden_and_an_unknown_prompt_answer_alike`, `completion::what_may_not_be_known_is_not_completed` |
//! | A list contains the definition of a hidden tool. | Lists are built from visible items only: `gateway/src/line/filter/list_page.rs` | `filter::a_hidden_definition_never_shows` |
//! | A list tells title and description of a resource that the caller may not read. | Policy is asked about each URI: `gateway/src/line/authorize/listed_uris.rs` | `lists::listed_resource_and_template_can_be_read` |
//! | One malformed definition makes clients refuse the definitions of all origins. | Each is checked as clients do, and repaired or left out alone: `mcp/src/list/repair.rs` | `lists::definition_that_a_client_cannot_read_hides_no_other` |
//! | A list kept for one caller is shown to another, or outlives its policy. | List decisions are kept per epoch for half a minute, under a digest of everything that policy may read about the caller. The quarantine is checked each time: `gateway/src/principal/entitlement.rs` | `composition::memory::what_is_remembered_never_crosses_callers`, `a_new_epoch_forgets_what_was_remembered` |
//! | A list that an origin made for one user or session is shown to another. | Lists of origins that receive the caller's identity are kept for that caller only, lists of a client's session for nobody: `gateway/src/isolate/catalogue.rs`, `gateway/src/origin/list.rs` | `composition::memory::an_origin_that_knows_the_caller_is_asked_once_for_each`, `legacy::session_lists::list_is_that_of_the_clients_own_session_and_of_nobody_else` |
//! | A cursor is invented, changed, or belongs to another user, virtual server or epoch. | It is sealed for all three; every failure gets one refusal: `gateway/src/sealed/cursor.rs`, `sealed.rs` | `composition::pages::every_foreign_cursor_gets_the_same_refusal` |
//! | A legacy client's session id is cut, mixed, replayed, or belongs to another user or agent. | It is sealed for user, agent and virtual server; every failure gets one 404: `gateway/src/sealed/session.rs` | `legacy::sessions::a_session_is_good_for_whoever_opened_it_alone`, `a_session_ends_after_a_working_day` |
//! | An origin without sessions treats all users as one, and sends one user's messages to another. | Only origins that assign session ids take part in a client's session: `gateway/src/origin/client_session.rs` | `legacy::unasked::an_origin_to_which_all_users_are_one_is_in_nobodys_session` |
//! | Two clients in one session of an origin use the same request id or progress token, and one receives what is meant for the other. | Every request has an id and a token of Weir's own: `gateway/src/origin/request_ids.rs` | `legacy::ids::requests_of_all_clients_have_ids_of_weirs_own`, `progress_finds_its_request_on_server_initiated_stream`, `legacy::streams::only_listed_notifications_and_own_progress_precede_response` |
//! | Another client responds to a request that an origin sent to one client. | The request id is sealed for the session in which it was sent: `gateway/src/sealed/question.rs` | `legacy::questions::an_answer_goes_to_who_asked_or_nowhere` |
//! | A task id is invented, changed, or belongs to another user or virtual server; an origin responds with another task. | The id is sealed for user and virtual server, and holds tool and origin. Policy is checked again: `gateway/src/sealed/task.rs`, `gateway/src/line/authorize/following.rs` | `tasks::what_is_no_task_of_the_caller_is_unknown`, `policy_is_asked_again`, `an_origin_that_mixes_up_its_tasks_is_not_believed` |
//! | A subscription stream carries notifications that the caller may not see, or goes on after a policy change. | Only requested and permitted notifications pass, for five minutes: `gateway/src/line/authorize/following.rs`, `gateway/src/line/filter/subscription.rs` | `listen::a_caller_hears_of_nothing_that_it_does_not_see`, `it_ends_after_a_while_so_that_policy_is_asked_again` |
//! | An origin notifies a legacy client about a resource that the client may not read. | Policy is checked for each notification: `gateway/src/line/filter/server_stream.rs` | `legacy::unasked::whoever_listens_hears_of_nothing_that_it_may_not_read` |
//! | A response contains an origin's error page, headers or address. | Only JSON-RPC passes: `gateway/src/origin/response.rs` | `respond::an_origins_trouble_is_told_without_its_insides`, `filter::headers_of_an_origin_stay_behind` |
//! | `/healthz` tells a stranger which origins exist or lack a secret. | It names nothing without the health token: `gateway/src/endpoints/health.rs` | `health::health_names_what_the_published_registry_lacks`, `short_health_token_counts_as_none` |
//! | Logs and events contain secrets. | `ports/src/secret.rs` cannot be printed; events hold names and types: `audit/src/redaction.rs` | `audit::no_event_carries_a_credential`, `values_are_redacted_unless_the_registry_allows_them`; events, log and responses of every test of `tests/` are searched for tokens, assertions, cookies, keys and credentials: `tests/harness/canaries.rs` |
//!
//! ## Policy bypass
//!
//! | threat | answer | test |
//! |---|---|---|
//! | Headers name one tool, the body another. | They must agree, and the body decides: `mcp/src/headers.rs` | `parse::every_broken_message_gets_its_code`, `legacy::clients::policy_and_identity_count_in_both_eras` |
//! | An argument of an unexpected type prevents the evaluation of a rule. | Declared types are checked, and an evaluation error refuses: `policy/src/decision.rs` | `authorize::a_wrong_typed_argument_is_refused_before_a_rule_can_miss_it`, `an_evaluation_error_refuses` |
//! | `__entity` in an argument becomes a Cedar entity. | The context is built from restricted expressions only: `policy/src/request/arguments.rs` | `authorize::an_entity_in_an_argument_is_data` |
//! | An argument occurs twice. | Duplicates are refused at any depth: `policy/src/request/arguments.rs` | `authorize::an_argument_that_comes_twice_is_refused` |
//! | An argument or the tool's name occurs again in another case. | Refused wherever an origin could read it: `policy/src/request/arguments.rs`, `gateway/src/line/parse.rs` | `authorize::a_name_in_another_case_is_refused` |
//! | A URI has a second spelling (case, a port, `..`, `%2F`, `#`) that a rule does not match and an origin understands. | `*` matches one spelling only; every other spelling is unknown: `registry/src/resource/plain.rs` | unit tests of `registry`: `star_matches_plain_text_only`, `star_never_matches_uri_that_url_parser_would_rewrite`; `resources::a_rule_may_refuse_a_uri` |
//! | An `Mcp-Param` header and the body carry different argument values. | Weir compares them if the isolate knows the schema; otherwise the origin does: `gateway/src/line/guard.rs`, `mcp/src/parameter_headers.rs` | `parameter_headers::headers_are_compared_where_the_schema_is_known`, `where_the_schema_is_not_known_the_origin_compares` |
//! | A proxy or an origin acts on an `Mcp-Param` header that mirrors no argument. | Only headers that the tool's schema names are sent or, while it is not known, those whose value an argument has: `gateway/src/origin/call.rs`, `mcp/src/parameter_headers/mirrored.rs` | `parameter_headers::header_that_mirrors_nothing_stays_behind` |
//! | A token's scope is wider or narrower than policy. | A scope narrows permissions and never widens them: `gateway/src/line/authorize.rs` | `authorize::a_scope_narrows_what_policy_grants` |
//!
//! ## Registry and origins
//!
//! | threat | answer | test |
//! |---|---|---|
//! | An attacker with write access to the store writes policy. | Every record is signed, with its name, epoch and digest: `registry/src/record.rs` | `registry_records::an_unsigned_record_serves_nothing` and its neighbours |
//! | An old registry is restored. | Epochs and sequence numbers never decrease: `gateway/src/records.rs` | `registry_records::a_record_of_an_older_epoch_serves_nothing` |
//! | An older `head` or `quarantine` that is still valid is put back, and an isolate starts. | The newest sequences are kept where all isolates agree, and asked for once: `gateway/src/records/newest.rs`. Who can also write that store (on Spin often the same server) can remove them | `registry_rollback::fresh_isolate_refuses_older_records`, `place_that_lags_behind_publication_serves_older_records_for_a_while`, `isolate_drops_older_records_once_store_answers`, `spin::redis::fresh_instance_refuses_older_records_with_redis` |
//! | An older quarantine is put back after a publication, and an isolate starts. | One that was signed before the epoch of `head` is refused: `gateway/src/records.rs` | `registry_records::a_quarantine_older_than_the_epoch_serves_nothing`, `a_quarantine_may_be_on_its_way_behind_a_new_head` |
//! | A registry is published with a key that the gateway does not trust, and stops every call minutes later. | The command compares and asks: `infra/weir/src/registry/publish.rs`; health and log tell at once: `gateway/src/records/standing.rs` | unit tests of `weir`; `health::publication_with_another_key_is_told_before_it_stops_calls` |
//! | A newer registry or quarantine is withheld. | Both expire: `gateway/src/records/standing.rs` | `registry_records::an_expired_head_or_quarantine_serves_nothing` |
//! | An origin's URL points into the internal network (SSRF). | Addresses are checked at publication, and redirects are never followed: `registry/src/address.rs`, `host-workers/src/fetch.rs` | `registry_folder::addresses_inside_a_network_are_refused_outside_development`, `forward::a_redirect_is_not_followed` |
//! | One origin's file sends the secret of another origin. | A secret's name is derived from the name of its origin: `gateway/src/origin/credential.rs` | `forward::the_header_credential_is_the_origins_own_secret` |
//! | An issuer in the registry is the gateway itself, or an agent is called `anonymous`. | Both are refused: `registry/src/agreement.rs`, `registry/src/document/trust.rs` | unit tests of `registry`: `every_change_causes_its_faults_and_no_others` |
//! | A credential is sent in a header that a proxy reads (`Forwarded`, `CF-Connecting-IP`, `Range`). | Such names are refused: `registry/src/document/credential.rs` | unit tests of `registry`: `header_of_http_or_proxies_is_no_credential` |
//! | A change passes review because `diff` doesn't show it: a line break that turns a condition into a comment, instructions for models, a hash with the same beginning. | Every member of every record is compared whole: `registry/src/diff.rs` | unit tests of `registry`: `every_member_of_every_record_has_a_fact`, `whole_values_are_compared` |
//! | A text in the registry erases or reorders what a reviewer reads, or hides instructions to a model. | Control, bidirectional and zero-width characters are shown as escapes, and warned of: `registry/src/legible.rs` | `hidden_characters_are_shown_as_escapes`, `folder_controls_no_terminal` |
//! | A folder from a stranger's branch makes `weir` read a file outside, quote it in a log, or wait for ever. | Only regular files inside of the folder are read: `infra/weir/src/folder.rs` | `link_out_of_the_folder_is_not_followed`, `pipe_is_fault_and_does_not_block` |
//! | A secret is written into the registry. | Messages tell where it belongs, and quote no value of a credential: `registry/src/document/credential.rs` | unit tests of `registry`: `secrets_are_told_from_schemes`, `every_change_causes_its_faults_and_no_others` |
//! | A registry grants too much by mistake: a misspelt group in a `forbid`, a `permit` for everybody. | Names close to known ones are errors. Publication refuses warnings that nobody accepts with a reason: `registry/src/agreement/policies.rs`, `registry/src/document/accepted.rs` | `warning_stops_publication_unless_it_is_accepted_with_a_reason`, `every_change_causes_its_faults_and_no_others` |
//! | A session at a legacy origin is used for another user. | Sessions are kept by origin, user and agent: `gateway/src/origin/legacy_session.rs` | `legacy::origins::each_principal_and_agent_has_a_session_of_its_own` |
//! | A call that ran is sent again, by session or era recovery or after a broken connection. | A second attempt follows only a refusal before execution, a request that was never sent, or a read: `gateway/src/origin/response.rs`, `gateway/src/origin/request.rs` | `legacy::origins::what_may_have_run_is_never_repeated`, `circuit::a_read_is_sent_twice_at_most` |
//! | A long response, passed on while it arrives, ends with a wrong id, a duplicate member or half a result. | JSON without its last brace is no message. An event is withdrawn by its type (`event: withdrawn`). The audit event records it: `gateway/src/line/filter/long_response.rs`, `mcp/src/json_rpc/long_message.rs` | `streaming::a_long_answer_that_turns_out_wrong_is_never_whole`, `a_long_event_that_turns_out_wrong_is_withdrawn` |
//! | An origin asks a person for a password, leads it to a page of its choice, or uses the client's model or folders. | The registry names what each origin may ask for, nothing by default; each request is counted in the event: `gateway/src/origin/input_rule.rs` | `input_requests::modern_origin_asks_for_what_registry_names_alone`, `legacy_origin_asks_for_what_registry_names_alone`, `task_asks_for_what_registry_names_alone`, `page_that_error_demands_counts_as_elicitation_by_url` |
//! | Requests for input hide in a result that is too long to be read, in an unknown mode, or in a `complete` result. | What is too long asks nothing, an unknown mode is refused, and the member counts whatever `resultType` says: `gateway/src/line/filter/long_response.rs`, `mcp/src/input_request.rs` | unit tests of `mcp`: `requests_of_result_are_found_whatever_its_type`; `input_requests::input_request_too_long_to_be_read_is_refused`, `unknown_input_request_is_refused` |
//! | A message is refused while it is short, and accepted when it is too long to be held. | Both readers apply the same rules at every depth that one of them reads: `mcp/src/json_rpc/long_message.rs` | unit tests of `mcp`: `long_message_is_read_as_whole_one`, `long_message_passes_and_ends_as_parse_incoming_reads_it` |
//! | The client's token reaches an origin. | Only headers on an allow-list are sent: `gateway/src/origin/request.rs` | `forward::nothing_of_the_clients_reaches_an_origin` |
//!
//! ## Exhaustion and missing audit
//!
//! | threat | answer | test |
//! |---|---|---|
//! | Bodies are large or deep; lists or responses never end. | Each has a bound: `gateway/src/limits.rs`, `json/src/lib.rs` | `receive::a_body_over_the_limit_is_413`, `parse::a_deep_body_is_refused`, `filter::an_endless_list_comes_to_an_end`, `forward::bounds::response_that_is_too_long_to_be_held_is_refused`, `stream_without_an_end_is_cut_off`, `list_that_is_too_long_is_left_out`, `pages_that_are_too_long_together_are_cut_off`, `listen::notification_that_is_too_long_ends_the_subscription`, `legacy::unasked::message_that_is_too_long_ends_the_stream` |
//! | A policy is so deep that evaluating it overflows the stack and takes all calls of the isolate along. | Bytes, operands, nesting and height are bounded before Cedar reads it, at publication and in the gateway: `policy/src/bounds.rs`. The stack is four times the usual one: `functions/gateway-workers/build.rs` | unit tests of `policy`: `each_construct_is_bounded`, `very_deep_policy_is_fault_and_never_aborts`; `deep_policies::deepest_allowed_policies_are_decided` on every host |
//! | A declared set of many elements keeps the isolate busy. | It has at most 1,024 elements: `policy/src/request/arguments.rs` | unit tests of `policy`: `set_has_bounded_number_of_elements` |
//! | A caller without a token sends bodies to be parsed. | At most 16 KiB are read, for the id alone: `mcp/src/json_rpc/peek.rs` | `receive::a_request_that_is_refused_unread_is_answered_under_its_id` |
//! | One user's agent makes too many calls. | `calls_per_minute` is counted once for all isolates; the call is refused if the count cannot be read: `gateway/src/line/admit/calls_per_minute.rs` | `guard::rate::of_many_calls_at_once_as_many_pass_as_fit`, `a_store_that_cannot_count_refuses_what_it_should_count_and_nothing_else` |
//! | Many callers have no token. | The limit counts their addresses, lists included; a public virtual server must have a limit: `gateway/src/line/admit/calls_per_minute.rs`, `registry/src/document/virtual_server.rs` | `public::who_brings_no_token_is_limited_by_address` |
//! | A proxy's address counts for its clients, or a client forges one. | Proxies are named by the deployment, and without a name no address is known: `host-spin/src/proxies.rs`, `host-workers/src/caller.rs` | `public::addresses_have_limits_of_their_own_and_none_can_be_forged` |
//! | Refused calls, lists, pings and notifications escape the limit on calls. | Each message counts before anything is decided, and a permitted call is given back: `gateway/src/line/admit.rs`, `gateway/src/requests_per_minute.rs` | `admit::every_cheap_or_refused_message_counts_for_its_user`, `batch_counts_each_of_its_messages` |
//! | Refused calls without a token are free. | Each message of an address is paid for before anything is decided, and a limit that is used up asks no store again: `gateway/src/line/admit.rs`, `gateway/src/isolate/exhausted.rs` | `admit::every_message_without_token_is_paid_before_anything_is_decided` |
//! | Lists make hundreds of requests to origins. | One request reads a list, others wait for it; each request to an origin counts: `gateway/src/origin/list.rs`, `gateway/src/origin/list/reading.rs` | `admit::lists::twenty_lists_ask_each_origin_once`, `lists_that_may_not_be_kept_are_stopped_by_the_limit` |
//! | A list decides thousands of URIs, or walks thousands of definitions for each pattern. | Decisions count, and definitions are walked once: `gateway/src/line/filter/own_result.rs`, `gateway/src/line/filter/list_page.rs` | `admit::lists::decisions_about_single_uris_count`, `list_walks_definitions_once_for_all_patterns` |
//! | Calls of invented names make hundreds of decisions each. | One walk is remembered: `gateway/src/line/authorize/asking.rs` | `admit::work::batches_of_unknown_tools_make_one_walk`, `unknown_name_is_answered_from_memory_for_every_kind` |
//! | A batch contains a thousand requests. | At most 50 messages, in the one version that has batches; each message passes the whole line: `gateway/src/batch.rs` | `legacy::batches::what_is_no_batch_of_this_version_is_refused` |
//! | A dead or slow origin breaks the lists of other origins. | Each origin is requested separately, all within ten seconds: `gateway/src/origin/list.rs`, `gateway/src/origin/fan_out.rs` | `composition::a_failing_origin_takes_nobody_with_it`, `fan_out::lists_go_without_silent_origins_within_one_deadline` |
//! | An origin's pages never end. | Items, bytes and time are bounded, and a cursor that repeats ends them: `gateway/src/origin/list/pages.rs` | `composition::strange_pages::endless_pages_come_to_an_end` |
//! | Every caller waits for an origin that is down. | After five failures the isolate sends it nothing for ten seconds: `gateway/src/origin/circuit_breaker.rs` | `circuit::five_failures_in_a_row_open_it_and_ten_seconds_let_one_through` |
//! | One user's calls, which an origin doesn't survive, take it from everybody. | A connection that breaks on a caller's own words counts for that caller only: `gateway/src/origin/circuit_breaker.rs` | `circuit::calls_that_break_take_the_origin_from_their_caller_only` |
//! | An origin stops in the middle of a response. | Deadlines apply before headers and between chunks: `ports/src/fetch.rs` | `forward::an_origin_that_stalls_inside_its_answer_is_cut_off` |
//! | An origin drips its response, each byte in time. | A response that is held has the origin's timeout as a whole: `gateway/src/origin/request.rs` | `forward::bounds::response_that_drips_is_cut_off_wherever_it_is_read`, `list_that_drips_is_left_out` |
//! | An origin sends nothing but comments and pings, whole or in pieces, and a call never ends. | Only messages prolong a call; one that has begun has the timeout once more: `gateway/src/line/filter/event_stream.rs` | `legacy::streams::comments_and_pings_keep_connection_and_not_call`, `message_that_has_begun_has_its_time_once_more` |
//! | 300 kB of a compressed answer become 256 MiB in the gateway. | Plain text is asked for; a compressed answer is refused unread, and a compressed request with 415: `gateway/src/fetch.rs`, `mcp/src/streamable_http.rs` | `forward::compressed::compressed_answer_of_origin_is_refused`, `compressed_keys_of_issuer_are_refused`, `receive::compressed_body_is_415` |
//! | A call leaves no trace because its client resets the connection. | The call is a background task: `gateway/src/serve.rs` | `reset::*` |
//! | The queue refuses an event. | Weir tries again, then writes to the outbox: `host-workers/src/audit_sink.rs` | `audit::a_queue_that_refuses_costs_no_call_and_no_event` |
//! | A call must be recorded while nothing can be recorded. | The call is announced before its origin receives it, or it is not made: `gateway/src/line/announce.rs` | `announce::an_intent_that_no_sink_accepts_stops_the_call`, `the_intent_is_accepted_before_the_origin_hears_of_the_call` |
//! | Events are lost without notice while queue and outbox refuse. | The next accepted event carries the number of lost events: `gateway/src/line/audit/acceptance.rs` | `audit::lost::the_next_event_says_how_many_were_lost` |
//! | A trap ends the calls in flight with it, without an event. | On Workers the entry module counts the calls whose work goes on. The instance that replaces the trapped one notes as many lost events, and the next event says so: `infra/xtask/src/build/workers/entry.js`, `gateway/src/isolate.rs` | `audit::lost::calls_that_a_trap_ends_are_told_by_the_next_event`; contracts on workerd: `tests/contracts-workers/run.mjs` |
//! | A panic beside calls on Spin ends up to sixteen of them, without an event. | Requests of more than 25 ms are noted until their event is accepted, and another instance tells of the notes that run out: `gateway/src/line/audit/owing.rs`, `host-spin/src/audit_sink/owed.rs` | `spin::siblings::a_panic_beside_calls_under_way_ends_them_and_the_next_instance_serves`; port contracts in Spin, embedded and with Redis |
//! | A caller without a token fills the queue. | Such refusals are counted: `gateway/src/line/audit/refusals.rs` | `audit::refusals_of_strangers_are_counted_not_written_one_by_one` |
//! | An event is too large for the queue. | It is cut to fit, never dropped: `audit/src/event/bound.rs` | `audit::hostile_arguments_never_lose_the_event`, `hostile_texts_never_lose_the_event`; `audit/src/event/tests.rs` |
//! | A hostile ledger's report controls a terminal or runs in a spreadsheet. | Cells and JSON are escaped before they are printed: `infra/weir/src/cost/csv.rs` | `csv_of_ledger_is_printed_unchanged_and_never_runs`, `json_of_hostile_ledger_controls_no_terminal` |
//! | An event is stored twice, or lost between two steps. | Compare-and-swap by event id: `ledger/src/consume.rs` | unit tests of `ledger` |
//! | Input has a form that no test covers. | All input from unauthenticated callers is fuzzed, the whole line included: `tests/fuzz` | `cargo xtask fuzz` |
//!
//! ## Open findings
//!
//! - A response of over 256 KiB that comes a few bytes at a time keeps its call as long as each gap is shorter than the
//!   origin's timeout, up to 256 MiB (`gateway/src/line/filter/long_response.rs`,
//!   `gateway/src/line/filter/event_stream.rs`).
//! - An argument of a template or prompt is checked as far as the user has typed it. Policy does not check the values
//!   that an origin suggests for it (`gateway/src/line/authorize/completing.rs`).
//! - A notification that is too long to be held, and has no place on the stream of a call, is withdrawn at its end
//!   only. A client that reads withdrawn events learns what the origin of its own call sent
//!   (`gateway/src/line/filter/event_stream.rs`).
//! - A sampling request may want context of other servers (`includeContext`), which a client reads as all that the
//!   virtual server offers. The member passes as the origin wrote it (`gateway/src/origin/server_requests.rs`).
//! - A virtual server whose rules let a caller in by their scopes, and hide everything from it by conditions, costs
//!   decisions with the first question in half a minute; an unknown name never does
//!   (`gateway/src/line/resolve.rs`).
//! - A frozen caller is refused before its messages are counted, each with an event
//!   (`gateway/src/line/authenticate.rs`).
//! - A task's sealed id is bound to user, agent and virtual server, but does not expire (`gateway/src/sealed/task.rs`).
//!
//! ## Not covered yet
//!
//! - Poisoned tool descriptions (pins).
//! - The content of arguments and results (guards).
//! - An audit trail with evidence of tampering.
//! - A record does not name its gateway: two gateways with one publisher key would accept each other's records. Use two
//!   keys ([`super::keys`]).

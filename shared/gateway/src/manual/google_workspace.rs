//! Google Workspace: the claims and settings that Weir needs.
//!
//! Written from Google's documents; nothing on this page was tried with a live Workspace. What is marked (?) is to be
//! checked first.
//!
//! ```toml
//! [[issuers]]
//! name = "google"
//! issuer = "https://accounts.google.com"
//! jwks_uri = "https://www.googleapis.com/oauth2/v3/certs"
//! algorithms = ["RS256"]
//! tenant = "example.com"                                # compared with the claim `hd`: never leave it out
//! default_groups = ["staff"]
//! modes = []                                            # neither ID-JAGs nor access tokens
//!
//! [[groups]]
//! name = "staff"
//! roles = ["reader"]
//! virtual_server = "general"
//!
//! [sign_in]
//! issuer = "google"
//! client_id = "….apps.googleusercontent.com"
//! scopes = ["openid", "email"]
//! authorization_endpoint = "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent"
//! token_endpoint = "https://oauth2.googleapis.com/token"
//! ```
//!
//! - **Tenant.** Google has one issuer for all people, so `weir registry check` demands `tenant`. It admits those whose
//!   `hd` *claim* is your Workspace; the parameter of that name in a URL is a hint and proves nothing. Let the consent
//!   screen be *Internal* besides.
//! - **Groups.** Google's tokens have none. `default_groups` gives everybody of the Workspace the same groups. To tell
//!   people apart, name them in policies (`User::"https://accounts.google.com|SUB"`), or use an identity provider that
//!   signs people in at Google and has their groups.
//! - **Browser sign-in.** A *web application* client with the redirect URI `https://HOST/oauth/callback`; it needs a
//!   secret beside PKCE. There is no scope `offline_access`: `access_type=offline` asks for a refresh token, and
//!   `prompt=consent` for one each time.
//! - **ID-JAG, access tokens.** No support was found: Google's access tokens are not JWTs (?).
//! - **Keys** change within days. Nothing is to be done.

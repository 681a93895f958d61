//! A browser with its cookies, and the program that starts a sign-in in it.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use harness::{Answer, Draft, Weir, client::encode, openid::parameters, weir::URL};
use http::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A browser.
#[derive(Default, Clone)]
pub struct Browser {
    /// Its cookies by name.
    pub cookies: BTreeMap<String, String>,
    /// `Sec-Fetch-Site` of its requests.
    pub fetch_site: Option<&'static str>,
}

impl Browser {
    /// Opens a path and query.
    pub fn get(&mut self, weir: &Weir, path: &str) -> Answer {
        self.send(weir, Draft::bare(Method::GET, path))
    }

    /// Sends a request with its cookies, and keeps those of the answer.
    pub fn send(&mut self, weir: &Weir, draft: Draft) -> Answer {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let draft = if pairs.is_empty() { draft } else { draft.header("cookie", &pairs.join("; ")) };
        let draft = self.fetch_site.into_iter().fold(draft, |draft, site| draft.header("sec-fetch-site", site));
        let answer = weir.send(draft);
        for cookie in answer.headers.get_all("set-cookie") {
            let text = cookie.to_str().expect("a cookie is plain");
            let (name, value) =
                text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie is a pair");
            assert!(
                text.contains("; HttpOnly") && text.contains("; SameSite=Lax") && text.contains("; Path=/;"),
                "{text}"
            );
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// The address to which a path leads.
    #[track_caller]
    pub fn location(&mut self, weir: &Weir, path: &str) -> String {
        let answer = self.get(weir, path);
        assert_eq!(answer.status, 302, "{path} should lead on: {}", answer.text());
        answer.header("location").expect("a redirect names its target").to_owned()
    }

    /// The consent page that `person` sees for `app`.
    #[track_caller]
    pub fn question(&mut self, weir: &Weir, app: &App, person: &str) -> Answer {
        let location = self.location(weir, &app.authorize());
        let question = self.get(weir, &weir.issuer.sign_in(&location, person));
        assert_eq!(question.status, 200, "{}", question.text());
        question
    }

    /// Sends the form of the consent page.
    pub fn answer(&mut self, weir: &Weir, question: &Answer, answer: &str) -> Answer {
        self.send(weir, form(question, answer))
    }

    /// The code after a sign-in and *allow*.
    #[track_caller]
    pub fn code(&mut self, weir: &Weir, app: &App, person: &str) -> String {
        let question = self.question(weir, app, person);
        let onward = self.answer(weir, &question, "allow");
        assert_eq!(onward.status, 200, "{}", onward.text());
        parameters(&target(&onward))["code"].clone()
    }
}

/// The form of a consent page, as a browser sends it.
pub fn form(question: &Answer, answer: &str) -> Draft {
    let transaction = between(question.text(), "name=\"transaction\" value=\"", "\"");
    let body = format!("transaction={}&answer={answer}", encode(&transaction));
    Draft::bare(Method::POST, "/oauth/consent")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", URL)
        .body(body)
}

/// The address that a page leads on to.
#[track_caller]
pub fn target(onward: &Answer) -> String {
    between(onward.text(), "content=\"0;url=", "\"").replace("&amp;", "&")
}

#[track_caller]
fn between(text: &str, before: &str, after: &str) -> String {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("`{before}` should be in {text}")).1;
    rest.split_once(after).expect("it should end").0.to_owned()
}

/// The tokens of a whole sign-in in a new browser.
#[track_caller]
pub fn sign_in(weir: &Weir, app: &App, person: &str) -> Value {
    let code = Browser::default().code(weir, app, person);
    let answer = weir.send(app.redeem(&code));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// A program that signs people in.
#[derive(Clone)]
pub struct App {
    /// Its client id.
    pub client_id: String,
    /// Its redirect URI.
    pub redirect_uri: String,
    /// Its PKCE verifier.
    pub verifier: String,
    /// Further parameters of its authorization request.
    pub more: String,
}

impl App {
    /// The public client of the registry.
    pub fn desk() -> Self {
        Self::new("desk", "http://localhost:49152/callback")
    }

    /// A program with this client id and redirect URI.
    pub fn new(client_id: &str, redirect_uri: &str) -> Self {
        let verifier = "a-verifier-of-forty-three-characters-or-more".to_owned();
        Self { client_id: client_id.to_owned(), redirect_uri: redirect_uri.to_owned(), verifier, more: String::new() }
    }

    /// The path and query of its authorization request.
    pub fn authorize(&self) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier));
        format!(
            "/oauth/authorize?response_type=code&client_id={}&redirect_uri={}&state=xyz-state&code_challenge={challenge}\
             &code_challenge_method=S256{}",
            encode(&self.client_id),
            encode(&self.redirect_uri),
            self.more
        )
    }

    /// Its token request for a code.
    pub fn redeem(&self, code: &str) -> Draft {
        Draft::form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", &self.verifier),
            ("redirect_uri", &self.redirect_uri),
            ("client_id", &self.client_id),
        ])
    }

    /// Its token request for a refresh token.
    pub fn refresh(&self, token: &str) -> Draft {
        Draft::form(&[("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", &self.client_id)])
    }
}

//! The document around every page, and the headers it is sent with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use ports::Body;
use sha2::{Digest, Sha256};

use super::destination::Destination;
use super::html::Html;

/// The style of every page, light and dark.
const STYLE: &str = include_str!("style.css");

/// The header that every page has: the name of the product, and nothing to click.
const HEADER: &str = concat!(
    "<header class=\"top\"><span class=\"brand\"><svg width=\"20\" height=\"20\" viewBox=\"0 0 20 20\" ",
    "aria-hidden=\"true\" stroke-width=\"1.8\" stroke-linecap=\"round\"><path d=\"M1.5 5h7c3 0 2 5 5 5h5M1.5 10h5.5c3 ",
    "0 2 5 5 5h6.5M1.5 15h4\"/></svg>Weir</span></header>",
);

/// The width of a page's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// One column of 30rem: a question or an answer.
    Narrow,
    /// Up to 1,280 px.
    Wide,
}

/// A page, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    html: String,
    policy: String,
    referrer_policy: &'static str,
}

/// The actions of a page that its content security policy must allow.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Needs<'a> {
    /// The page has a form; its response redirects to this place.
    pub(super) form: Option<&'a Destination<'a>>,
    /// The browser goes to this place at once.
    pub(super) refresh: Option<&'a Destination<'a>>,
}

impl Page {
    /// The document with this title and this content of `main`.
    pub(super) fn new(title: &Html, width: Width, main: &Html, needs: Needs<'_>) -> Self {
        let mut html = Html::new();
        html.markup("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
            .markup("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        if let Some(destination) = needs.refresh {
            // Without quotes around the URL: it ends where the attribute ends (HTML, "shared declarative refresh
            // steps").
            html.markup("<meta http-equiv=\"refresh\" content=\"0;url=").text(destination.uri()).markup("\">");
        }
        html.markup("<title>")
            .piece(title)
            .markup(" · Weir</title><style>")
            .markup(STYLE)
            .markup("</style></head><body>");
        html.markup("<a class=\"skip\" href=\"#main\">Skip to the content</a>").markup(HEADER);
        html.markup(match width {
            Width::Narrow => "<main id=\"main\" class=\"solo\">",
            Width::Wide => "<main id=\"main\">",
        });
        html.piece(main).markup("</main></body></html>");
        let form_action = match needs.form {
            None => "'none'".to_owned(),
            // Chromium also checks the redirect after a form against this directive, and blocks it silently.
            Some(destination) => ["'self'"].into_iter().chain(destination.source()).collect::<Vec<_>>().join(" "),
        };
        let style = STANDARD.encode(Sha256::digest(STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{style}'; form-action {form_action}; frame-ancestors 'none'; \
             base-uri 'none'"
        );
        // A form that is sent under `no-referrer` has `Origin: null` (Fetch standard, "append a request `Origin`
        // header"), and its endpoint could not tell it from a foreign one.
        let referrer_policy = if needs.form.is_some() { "same-origin" } else { "no-referrer" };
        Self { html: html.as_str().to_owned(), policy, referrer_policy }
    }

    /// The document.
    #[must_use]
    pub fn html(&self) -> &str {
        &self.html
    }

    /// The response: the document with the headers that keep it from frames, caches, scripts and other sites.
    #[must_use]
    pub fn response(self, status: StatusCode) -> Response<Body> {
        let mut response = Response::new(Body::Full(self.html.into()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        // It is ASCII by construction: a digest in base64, and sources of destinations.
        let policy = HeaderValue::try_from(self.policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        for (name, value) in [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::REFERRER_POLICY, self.referrer_policy),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

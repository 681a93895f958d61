//! The rules of names and labels that every file of the folder shares.

use oauth::client_metadata::document_host;

use crate::name;
use crate::table::Rule;

/// A name of an origin, virtual server, role, issuer or client.
pub(crate) const NAME: Rule =
    Rule { holds: name::is_name, says: "be lower-case letters, digits and `-`, at most 63, beginning with a letter" };

/// A short text for people, or a name given outside the registry.
pub(crate) const LABEL: Rule =
    Rule { holds: name::is_label, says: "be 1 to 256 characters without control characters" };

/// The id of a client: a name, or the URL of its metadata document.
pub(crate) const CLIENT_ID: Rule = Rule {
    holds: |text| name::is_name(text) || document_host(text).is_some(),
    says: "be lower-case letters, digits and `-`, at most 63, beginning with a letter, or the `https:` URL of a client-id \
           metadata document",
};

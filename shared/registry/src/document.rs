//! Documents: the parsed files of a registry folder, with the place of each value.
//!
//! ```text
//! gateway.toml                 GatewayDocument         issuers, clients, roles, groups
//! origins/NAME.toml            OriginDocument          one approved origin: its tools, resources and prompts
//! virtual-servers/NAME.toml    VirtualServerDocument   a view over several origins
//! policies/NAME.cedar          PolicyDocument          each policy of the file
//! quarantine.toml              QuarantineDocument      the frozen principals, agents, origins, tools, resources, prompts
//! accepted.toml                AcceptedDocument        the warnings that somebody accepts, each with a reason
//! ```
//!
//! Reading checks each file alone; [`crate::agreement`] checks references between files.

pub mod accepted;
pub mod approval;
pub(crate) mod credential;
pub mod gateway;
pub mod grant;
pub mod membership;
mod names;
pub mod origin;
pub mod policy;
mod provider_tokens;
pub mod quarantine;
pub mod service;
pub mod sign_in;
pub mod trust;
pub mod virtual_server;

use std::collections::BTreeMap;

use crate::address::{Reach, is_about_secret, where_secret_belongs, without_secrets};
use crate::fault::{Faults, Place, nearest};
use crate::legible::is_hidden;
use crate::name;
use crate::resource;
use crate::source::{Located, Source};
use crate::table::{self, Rule};

pub(crate) use names::{LABEL, NAME};

use accepted::AcceptedDocument;
use gateway::GatewayDocument;
use origin::OriginDocument;
use policy::PolicyDocument;
use quarantine::QuarantineDocument;
use virtual_server::VirtualServerDocument;

/// Maximum size of a file, bytes: enough for 10,000 groups in `gateway.toml`.
pub const FILE_BYTES: usize = 4 << 20;

/// The file that every registry folder must have.
pub const GATEWAY_FILE: &str = "gateway.toml";

/// The file of frozen principals, agents, origins, tools, resources and prompts.
pub const QUARANTINE_FILE: &str = "quarantine.toml";

/// The file of accepted warnings.
pub const ACCEPTED_FILE: &str = "accepted.toml";

/// An exposed name of a tool or prompt.
pub(crate) const EXPOSED_NAME: Rule =
    Rule { holds: name::is_exposed_name, says: "be letters, digits, `_`, `.` and `-`, at most 128" };

/// A URI pattern of resources.
pub(crate) const RESOURCE_PATTERN: Rule =
    Rule { holds: resource::is_pattern, says: "be a URI, or the plain beginning of URIs and then `*`" };

/// A description or instructions, for people and models.
pub(crate) const PROSE: Rule =
    Rule { holds: |text| (1..=8192).contains(&text.chars().count()), says: "be 1 to 8192 characters" };

/// All documents of a registry folder.
#[derive(Debug, Default)]
pub struct Documents {
    /// `gateway.toml`.
    pub gateway: GatewayDocument,
    /// `origins/*.toml` by name.
    pub origins: BTreeMap<String, OriginDocument>,
    /// `virtual-servers/*.toml` by name.
    pub virtual_servers: BTreeMap<String, VirtualServerDocument>,
    /// `policies/*.cedar`, in the order of the files' names and then as written.
    pub policies: Vec<PolicyDocument>,
    /// `quarantine.toml`; empty if there is no such file.
    pub quarantine: QuarantineDocument,
    /// `accepted.toml`; empty if there is no such file.
    pub accepted: AcceptedDocument,
}

impl Documents {
    /// Reads the files of a folder: text by path in the folder, with `/` as separator.
    pub fn read(files: &BTreeMap<String, String>, faults: &mut Faults) -> Self {
        let mut documents = Self::default();
        match files.get(GATEWAY_FILE) {
            Some(text) => documents.gateway = GatewayDocument::read(&Source::new(GATEWAY_FILE, text), faults),
            None => {
                let help = "a registry is a folder with `gateway.toml`, `origins/`, `virtual-servers/` and `policies/`";
                faults.error(&first_place(GATEWAY_FILE), "the file is missing", help.to_owned());
            }
        }
        let reach = documents.gateway.reach();
        for (path, text) in files {
            documents.read_file(path, text, reach, faults);
        }
        documents
    }

    fn read_file(&mut self, path: &str, text: &str, reach: Reach, faults: &mut Faults) {
        let Some(kind) = Kind::of(path) else {
            return report_stray(path, faults);
        };
        if text.len() > FILE_BYTES {
            return faults.error(&first_place(path), format!("the file is larger than {FILE_BYTES} bytes"), None);
        }
        let source = Source::new(path, text);
        warn_of_hidden(&source, faults);
        match kind {
            Kind::Gateway => {}
            Kind::Quarantine => self.quarantine = QuarantineDocument::read(&source, faults),
            Kind::Accepted => self.accepted = AcceptedDocument::read(&source, faults),
            Kind::Origin(name) => {
                if check_file_name(name, path, faults) {
                    self.origins.insert(name.to_owned(), OriginDocument::read(name, &source, reach, faults));
                }
            }
            Kind::VirtualServer(name) => {
                if check_file_name(name, path, faults) {
                    self.virtual_servers.insert(name.to_owned(), VirtualServerDocument::read(name, &source, faults));
                }
            }
            Kind::Policy(name) => {
                if check_file_name(name, path, faults) {
                    self.policies.extend(PolicyDocument::read(name, &source, faults));
                }
            }
        }
    }
}

/// Warns of the first hidden character of a file: editors and reviews of code don't show it.
fn warn_of_hidden(source: &Source<'_>, faults: &mut Faults) {
    // A line ends with LF or CR LF. A CR alone ends a comment for TOML or Cedar, and not for every editor.
    let of_layout = |offset: usize, character: char| match character {
        '\n' | '\t' => true,
        '\r' => source.text().get(offset + 1..).is_some_and(|rest| rest.starts_with('\n')),
        _ => false,
    };
    let mut characters = source.text().char_indices();
    let hidden = characters.find(|(offset, character)| is_hidden(*character) && !of_layout(*offset, *character));
    if let Some((offset, character)) = hidden {
        let message =
            format!("the hidden character `{}` can make this text look like another", character.escape_unicode());
        let help = "remove it, or write it as an escape".to_owned();
        faults.warning(&source.place(offset), message, help);
    }
}

/// The first place of a file, for faults of the whole file.
#[must_use]
pub fn first_place(file: &str) -> Place {
    Place { file: file.to_owned(), line: 1, column: 1 }
}

/// The kind of a file, by its path.
#[derive(Debug, PartialEq, Eq)]
enum Kind<'a> {
    Gateway,
    Quarantine,
    Accepted,
    Origin(&'a str),
    VirtualServer(&'a str),
    Policy(&'a str),
}

impl<'a> Kind<'a> {
    fn of(path: &'a str) -> Option<Self> {
        match path.split_once('/') {
            None if path == GATEWAY_FILE => Some(Self::Gateway),
            None if path == QUARANTINE_FILE => Some(Self::Quarantine),
            None if path == ACCEPTED_FILE => Some(Self::Accepted),
            Some((_, file)) if file.contains('/') => None,
            Some(("origins", file)) => file.strip_suffix(".toml").map(Self::Origin),
            Some(("virtual-servers", file)) => file.strip_suffix(".toml").map(Self::VirtualServer),
            Some(("policies", file)) => file.strip_suffix(".cedar").map(Self::Policy),
            _ => None,
        }
    }
}

/// True if [`Documents::read`] reads the file at `path`, or files of the folder at `path`, which then ends with `/`.
#[must_use]
pub fn is_read(path: &str) -> bool {
    match path.strip_suffix('/') {
        Some(folder) => FOLDERS.iter().any(|(name, _)| *name == folder),
        None => Kind::of(path).is_some(),
    }
}

/// The folders of a registry, each with the end of the names of its files.
const FOLDERS: [(&str, &str); 3] = [("origins", ".toml"), ("virtual-servers", ".toml"), ("policies", ".cedar")];

/// Reports a file or folder that isn't read, so that a misspelt name can't hide a policy or a quarantine. Hidden files
/// and `*.md` are ignored.
fn report_stray(path: &str, faults: &mut Faults) {
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    if hidden || path.to_ascii_lowercase().ends_with(".md") {
        return;
    }
    let message =
        if path.ends_with('/') { "nothing is read from this folder" } else { "nothing is read from this place" };
    faults.error(&first_place(path), message, help_for_stray(path));
}

/// The fix for a file or folder that isn't read.
fn help_for_stray(path: &str) -> String {
    let (head, rest) = path.split_once('/').unwrap_or((path, ""));
    let known = [GATEWAY_FILE, QUARANTINE_FILE, ACCEPTED_FILE]
        .into_iter()
        .chain(FOLDERS.map(|(name, _)| name))
        .collect::<Vec<_>>();
    match FOLDERS.iter().find(|(name, _)| *name == head) {
        Some((_, end)) if !rest.is_empty() && !rest.contains('/') => {
            let stem = rest.split('.').next().unwrap_or(rest);
            format!("`{head}/` holds `*{end}` files: rename it to `{head}/{stem}{end}`, or move it out of the registry")
        }
        Some((_, end)) if rest.contains('/') => {
            format!("`{head}/` holds `*{end}` files and no folders: move the files up, or out of the registry")
        }
        _ => match nearest(head, &known) {
            Some(name) if name != head => format!("did you mean `{name}`?"),
            _ => {
                let folders = FOLDERS.map(|(name, end)| format!("`{name}/*{end}`")).join(", ");
                format!(
                    "move it out of the registry: files are read from `{GATEWAY_FILE}`, `{QUARANTINE_FILE}`, \
                     `{ACCEPTED_FILE}`, {folders}"
                )
            }
        },
    }
}

fn check_file_name(name: &str, path: &str, faults: &mut Faults) -> bool {
    let right = (NAME.holds)(name);
    if !right {
        faults.error(&first_place(path), format!("the file's name `{name}` must {}", NAME.says), None);
    }
    right
}

/// Parses the text of `key`, or reports a fault at its place.
pub(crate) fn checked<T>(
    written: &Located<String>,
    key: &str,
    parse: impl FnOnce(&str) -> Result<T, &'static str>,
    faults: &mut Faults,
) -> Option<T> {
    match parse(&written.value) {
        Ok(value) => Some(value),
        Err(says) => {
            let message = format!("`{key}` must {says}, not `{}`", table::shortened(&without_secrets(&written.value)));
            let help = is_about_secret(says).then(|| where_secret_belongs(&written.place.file, key));
            faults.error(&written.place, message, help);
            None
        }
    }
}

/// Keeps the elements that could be read. Sets `complete` to false if one couldn't: its name is unknown.
pub(crate) fn keep_read<T>(elements: Vec<Option<T>>, complete: &mut bool) -> Vec<T> {
    *complete &= elements.iter().all(Option::is_some);
    elements.into_iter().flatten().collect()
}

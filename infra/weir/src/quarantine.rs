//! `weir quarantine`: freezes and frees users, agents, origins, tools, resources and prompts, and ends sign-ins.

mod file;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use registry::document::QUARANTINE_FILE;
use registry::folder::CheckedFolder;
use serde_json::json;

use crate::clock;
use crate::duration;
use crate::failure::Failure;
use crate::folder;
use crate::host::Host;
use crate::output::{Format, legible, legible_lines, print_json, write};
use crate::registry::publish::Publication;
use crate::registry::publish::thaw::{entries, lost};
use file::{Entry, Kind, QuarantineFile};

/// `weir quarantine …`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
The quarantine is the file quarantine.toml of a registry folder. A frozen caller, and what is frozen, is refused on every
call; the registry of roles and policies stays as it is. With --to the edited quarantine is signed and published alone,
whatever the faults of other files: gateways follow within about a minute, streams that are under way included.

Commit the edited file: the next `weir registry publish` publishes the quarantine of its folder.")]
pub enum Quarantine {
    /// Freezes something, or ends the sign-ins of a user or an agent
    Add(Box<Add>),
    /// Frees what was frozen
    Remove(Box<Remove>),
    /// Lists what is frozen, with reason and end
    List(List),
}

impl Quarantine {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(),
            Self::Remove(remove) => remove.run(),
            Self::List(list) => list.run(),
        }
    }
}

/// The subject of a change.
#[derive(Debug, Args)]
struct Subject {
    /// The registry folder
    folder: PathBuf,
    /// The kind of the subject
    #[arg(value_enum)]
    kind: Kind,
    /// Its name: `ISSUER|SUBJECT` of a user, the client id of an agent, an origin's name, the exposed name of a tool or
    /// a prompt, a resource's URI or pattern; for `token` a user or an agent
    name: String,
    /// With `token` and a user: only the sign-ins through this agent
    #[arg(long, value_name = "CLIENT_ID")]
    agent: Option<String>,
}

impl Subject {
    fn entry(&self) -> Result<Entry, Failure> {
        if self.agent.is_some() && (self.kind != Kind::Token || !self.name.contains('|')) {
            return Err(Failure::Usage("--agent is for `token` with a user"));
        }
        Ok(Entry::new(self.kind, self.name.clone(), self.agent.clone()))
    }
}

/// The publication of the edited quarantine.
#[derive(Debug, Args)]
struct Publishing {
    /// Publish the quarantine to this platform now [default: edit the file only]
    #[arg(long, value_enum, value_name = "HOST")]
    to: Option<Host>,
    #[command(flatten)]
    publication: Publication,
}

impl Publishing {
    /// Writes the edited file, and publishes it if that is asked.
    fn apply(self, folder: &Path, file: &QuarantineFile) -> Result<(), Failure> {
        if self.to.is_none() && self.publication.is_named() {
            return Err(Failure::Usage("flags of publishing need --to"));
        }
        let text = file.to_string();
        // For what a publication may lift.
        let before = self.to.map(|_| folder::checked(folder)).transpose()?;
        let checked = folder::checked_with(folder, QUARANTINE_FILE, &text)?;
        let of_file: Vec<_> = checked.faults.iter().filter(|fault| fault.place.file == QUARANTINE_FILE).collect();
        if checked.quarantine().is_none() {
            of_file.iter().for_each(|fault| eprintln!("{fault}"));
            return Err(Failure::Faults);
        }
        let path = folder.join(QUARANTINE_FILE);
        if self.publication.is_dry_run() {
            println!("would write {}:\n{}", path.display(), legible_lines(&text));
            return Ok(());
        }
        write(&path, text.as_bytes())?;
        println!("written: {}", path.display());
        match self.to.zip(before) {
            Some((host, before)) => {
                let now = clock::now_ms()? / 1_000;
                let entries =
                    |checked: &CheckedFolder| checked.quarantine().map(|it| entries(it, now)).unwrap_or_default();
                let (before, after) = (entries(&before), entries(&checked));
                let lifted = lost(&before, &after).into_iter().map(|(name, _)| name.clone()).collect();
                self.publication.run(folder, host, true, lifted, Format::Text)
            }
            None => {
                let folder = folder.display();
                println!("not published; publish it: weir registry publish {folder} --quarantine-only --key … --to …");
                Ok(())
            }
        }
    }
}

/// `weir quarantine add`
#[derive(Debug, Args)]
#[command(after_help = "\
`token` ends, rather than freezes: all access tokens, sign-ins and ID-JAGs of a user or an agent that were issued before
now are refused, and the person signs in again. Use it for a lost laptop.

An entry with --until ends by itself, within a minute of that instant, and stays in the file until it is removed.

Exit codes:
  0  written; with --to in the store as well
  1  the file has faults, so nothing was written, or the store can't be written
  2  the command can't be run as typed, or a file can't be read or written
  4, 5, 7  with --to: as `weir registry publish`

Examples:
  weir quarantine add registry/ tool documents_delete --reason 'incident 4711' --until 4h
  weir quarantine add registry/ user 'https://idp.example.com|carol' --reason 'left the company' \\
      --key publisher.json --to workers --remote
  weir quarantine add registry/ token 'https://idp.example.com|carol' --agent claude-code --reason 'lost laptop' \\
      --key publisher.json --to spin
  weir quarantine add registry/ origin crm --reason 'credential leaked' --dry-run")]
pub struct Add {
    #[command(flatten)]
    subject: Subject,
    /// The reason, for the people who read the file
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The end: a time from now (`4h`, `7d`) or an instant (`2026-12-01T18:00:00Z`) [default: until it is removed]
    #[arg(long, value_name = "TIME", value_parser = duration::end)]
    until: Option<duration::End>,
    #[command(flatten)]
    publishing: Publishing,
}

impl Add {
    fn run(self) -> Result<(), Failure> {
        let now = clock::now_ms()?;
        let mut entry = self.subject.entry()?;
        if self.until.is_some() && self.subject.kind == Kind::Token {
            return Err(Failure::Usage("--until is for what is frozen; the end of a sign-in has no end"));
        }
        entry.reason = Some(self.reason);
        entry.until = self.until.map(|until| until.instant(now / 1_000));
        if entry.until.is_some_and(|until| until <= now / 1_000) {
            return Err(Failure::Usage("--until lies in the past"));
        }
        // The second after this one: a token of this second is not newer than the decision.
        entry.instant = (entry.kind == Kind::Token).then_some(now / 1_000 + 1);
        let mut file = QuarantineFile::read(&self.subject.folder)?;
        file.add(&entry);
        self.publishing.apply(&self.subject.folder, &file)
    }
}

/// `weir quarantine remove`
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  written; with --to in the store as well
  1  there is no such entry, or the file has faults, so nothing was written; or the store can't be written
  2  the command can't be run as typed, or a file can't be read or written
  4, 5, 7  with --to: as `weir registry publish`

Examples:
  weir quarantine remove registry/ tool documents_delete
  weir quarantine remove registry/ user 'https://idp.example.com|carol' --key publisher.json --to workers --remote")]
pub struct Remove {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    publishing: Publishing,
}

impl Remove {
    fn run(self) -> Result<(), Failure> {
        let entry = self.subject.entry()?;
        let mut file = QuarantineFile::read(&self.subject.folder)?;
        if !file.remove(&entry) {
            return Err(Failure::NotQuarantined { kind: entry.kind.as_str(), name: entry.name });
        }
        self.publishing.apply(&self.subject.folder, &file)
    }
}

/// `weir quarantine list`
#[derive(Debug, Args)]
#[command(after_help = "\
The file is listed, not the record in the store: `weir status --live` shows the live quarantine's sequence and validity.

JSON: {version, entries[]: {kind, name, agent, reason, until, before, ended}}

Exit codes:
  0  done, with or without entries
  2  the command can't be run as typed, or the file can't be read

Examples:
  weir quarantine list registry/
  weir quarantine list registry/ --format json")]
pub struct List {
    /// The registry folder
    folder: PathBuf,
    /// The format
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl List {
    fn run(self) -> Result<(), Failure> {
        let now = clock::now_ms()? / 1_000;
        let entries = QuarantineFile::read(&self.folder)?.entries();
        let time = |seconds: u64| audit::time::rfc3339(seconds * 1_000);
        let has_ended = |entry: &Entry| entry.until.is_some_and(|until| until <= now);
        if self.format == Format::Json {
            let entries = entries.iter().map(|entry| {
                json!({ "kind": entry.kind.as_str(), "name": entry.name, "agent": entry.agent, "reason": entry.reason,
                    "until": entry.until.map(time), "before": entry.instant.map(time), "ended": has_ended(entry) })
            });
            return print_json(&json!({ "entries": entries.collect::<Vec<_>>() }));
        }
        if entries.is_empty() {
            println!("nothing is quarantined");
        }
        for entry in &entries {
            let mut text = format!("{} {}", entry.kind.as_str(), entry.name);
            text += &entry.agent.as_ref().map(|agent| format!(" through {agent}")).unwrap_or_default();
            text += &entry.instant.map(|instant| format!(", issued before {}", time(instant))).unwrap_or_default();
            text += &match entry.until {
                Some(until) if until <= now => format!(", ended {}", time(until)),
                Some(until) => format!(", until {} (in {})", time(until), duration::left(until - now)),
                None => String::new(),
            };
            text += &entry.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            println!("{}", legible(&text));
        }
        Ok(())
    }
}

/// The text of the file in `folder`; empty if there is none.
fn text_of(folder: &Path) -> Result<String, Failure> {
    let path = folder.join(QUARANTINE_FILE);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => Ok(String::new()),
        Err(cause) => Err(Failure::Read { path, cause }),
    }
}

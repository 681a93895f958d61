//! `weir explain`: who may list, call, read or get what, and why.
//!
//! The rules are the gateway's own: which group decides (`registry::assignment`), what is frozen and in which order things
//! are asked (`registry::verdict`), what policy says (`policy::decide`). Here is only the telling.

mod answer;
mod inquiry;
mod judge;
mod live;
mod question;
mod sentence;
mod source;
mod table;
mod what_if;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::clock;
use crate::failure::Failure;
use crate::output::print_json;
use answer::{Answer, Effect};
use live::Live;
use question::{Membership, Question, changed, parse_membership};
use source::Source;
use what_if::WhatIf;

/// What a script reads when one tool, resource or prompt and one action were asked about and the answer isn't yes.
const REFUSED: u8 = 3;

/// `weir explain`
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Explain {
    /// The registry folder
    #[arg(required_unless_present = "live", conflicts_with = "live")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    question: Question,
    /// Show only what changes for the caller with one group more (`NAME`, `+NAME`) or less (`-NAME`); several change at once
    #[arg(long, value_name = "GROUP", allow_hyphen_values = true, value_parser = parse_membership)]
    what_if: Vec<Membership>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    live: Live,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line per action on each tool, resource and prompt
    Table,
    /// For a ticket or a chat
    Sentence,
    /// For programs: one JSON document
    Json,
}

const HELP: &str = "\
Answers as the gateway does: a frozen user or agent gets nothing, the caller's first group in gateway.toml that has a
virtual server (a team) decides it, what may not be listed is hidden, what is frozen is left out of lists and refused,
then policy decides the call, the read or the get with its arguments. The access token is taken to have the scope for it.

Without --arguments a call is `permit` or `refusal` where that holds for all arguments that the tool declares, and
`depends` where a rule looks at them. The argument of a read is the URI.

Examples:
  weir explain registry/ --group support                                          what may a member of `support` do?
  weir explain registry/ --group support --tool documents_delete --action call    exits 0 for yes, 3 for no
  weir explain registry/ --user 'https://idp.example.com|alice' --agent claude-code --group support \\
      --tool orders_refund --action call --arguments '{\"amount\": 501}' --format sentence
  weir explain registry/ --group support --resource handbook://shipping --action read
  weir explain registry/ --group support --at 2026-12-24T23:00:00Z --country CH
  weir explain registry/ --group support --what-if leads --what-if -support       what changes for a member who moves?
  weir explain --live --remote --keys publisher.public.json --group support       what do gateways answer now?
  weir explain --live --local --persist-to .wrangler/state --keys publisher.public.json --group support
  weir explain --live --from spin --manifest spin.toml --keys publisher.public.json --group support

JSON (members are only added under one `version`; a `file` and its `line` are null for a live registry):
  version         1
  source          {kind: \"folder\"|\"live\", path, epoch}
  caller          {user, agent, groups, at, address, country}
  virtual_server  null or {name, via: \"group\"|\"flag\", group, file, line}
  team            null or {name, via, group, file, line, project}
  refusal         null or {reason, because}: the caller gets nothing at all
  tools[]         {tool, origin, file, line, list, call}; list and call are null where not asked, or
                  {effect: \"permit\"|\"refusal\"|\"depends\", reason, detail, because, rules[]}
  resources[]     {resource, uri, origin, file, line, list, read}; resource is the pattern, uri what was asked, or null
  prompts[]       {prompt, origin, file, line, list, get}
  rules[]         {id, role, group, file, line}; role and group for what a role grants
  hidden[]        the tools of the virtual server that are not in the caller's list
  hidden_resources[], hidden_prompts[]
                  the same of resources and prompts
  notes[]         what was taken for granted, and what looks like a mistake
`reason` is the code in audit events (`hidden` for lists), `detail` is what policy says more exactly.
With --what-if: {version, source, caller, gained[], lost[], changes[]: {about, old, new}, notes[]}; `old` is absent for
what is new, `new` for what is gone.

Exit codes: 0 done; with one --tool, --resource or --prompt and one --action 0 for `permit` and 3 for `refusal` and `depends` (with --what-if,
of the changed caller); 1 the registry has faults or can't be read or verified; 2 the command can't be run as typed.";

impl Explain {
    /// Runs the command; the exit code is the answer to a question about one thing and one action.
    pub fn run(self) -> Result<ExitCode, Failure> {
        if let Some(fault) = self.question.fault() {
            return Err(Failure::Usage(fault));
        }
        let at = match self.question.at {
            Some(at) => at,
            None => clock::now_ms()?,
        };
        let source = match self.folder {
            Some(_) if self.live.is_named() => {
                return Err(Failure::Usage("--from, --keys and what names a store are for --live"));
            }
            Some(folder) => Source::folder(folder)?,
            None => Source::live(self.live)?,
        };
        let answer = inquiry::answer(&source, &self.question, &self.question.groups, at)?;
        if self.what_if.is_empty() {
            print(self.format, &answer)?;
            return Ok(exit_code(&self.question, &answer));
        }
        let groups = changed(&self.question.groups, &self.what_if);
        let then = inquiry::answer(&source, &self.question, &groups, at)?;
        let what_if = WhatIf::new(&answer, &then);
        match self.format {
            Format::Json => print_json(&what_if)?,
            Format::Table => print!("{}", what_if.table()),
            Format::Sentence => println!("{}", what_if.sentence()),
        }
        Ok(exit_code(&self.question, &then))
    }
}

fn print(format: Format, answer: &Answer) -> Result<(), Failure> {
    match format {
        Format::Json => print_json(answer)?,
        Format::Table => print!("{}", table::table(answer)),
        Format::Sentence => println!("{}", sentence::sentence(answer)),
    }
    Ok(())
}

fn exit_code(question: &Question, answer: &Answer) -> ExitCode {
    let (Some(_), Some(_)) = (question.one(), question.action) else {
        return ExitCode::SUCCESS;
    };
    let rulings = answer.exposed().flat_map(|exposed| exposed.list.iter().chain(&exposed.using));
    let mut effects = rulings.map(|ruling| ruling.effect).peekable();
    let permitted = effects.peek().is_some() && effects.all(|effect| effect == Effect::Permit);
    if permitted { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) }
}

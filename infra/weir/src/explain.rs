//! `weir explain`: explains if a caller may list, call, read or get something.
//!
//! The decisions are the gateway's own code: the deciding group (`registry::assignment`), quarantine and the order of
//! checks (`registry::verdict`), policy (`policy::decide`). This module only presents them. Cedar decides beside the
//! gateway's evaluator each time, and a difference is an error.

mod answer;
mod choice;
mod inquiry;
mod mapping;
mod policies;
mod question;
mod sentence;
mod source;
mod table;
mod verdicts;
mod what_if;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::clock;
use crate::failure::Failure;
use crate::live::Live;
use crate::output::{legible, legible_lines, print_json};
use answer::{Answer, Effect};
use mapping::Mapping;
use question::{Membership, Question, changed, parse_membership};
use source::Source;
use what_if::WhatIf;

/// The exit code if one tool, resource or prompt and one action were asked about, and the effect is not `permit`.
const NOT_PERMITTED: u8 = 3;

/// `weir explain`
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Explain {
    /// The registry folder
    #[arg(required_unless_present = "live", conflicts_with = "live")]
    folder: Option<PathBuf>,
    #[command(flatten)]
    question: Question,
    /// Show only the changes for the caller with one group more (`NAME`, `+NAME`) or less (`-NAME`); repeat it to
    /// combine
    #[arg(long, value_name = "GROUP", allow_hyphen_values = true, value_parser = parse_membership)]
    what_if: Vec<Membership>,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    live: Live,
}

/// The output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One line per action on each tool, resource and prompt
    Table,
    /// One paragraph, for a ticket or a chat
    Sentence,
    /// One JSON document, for programs
    Json,
}

const HELP: &str = "\
Decides with the gateway's own code and in its order:
  1. a user or agent in quarantine gets nothing
  2. the caller's first group in gateway.toml with a virtual server decides it; the same for the team
  3. a tool, resource or prompt that policy doesn't let the caller list is hidden
  4. one in quarantine is left out of lists and refused
  5. policy decides the call, the read or the get with its arguments
The access token is assumed to have the scope of the action.

Without --arguments, a call is `permit` or `refusal` if that holds for all declared arguments, and `depends` if a rule
reads them. The argument of a read is the URI.

Examples:
  weir explain registry/ --group support                                          everything that a member of `support` may do
  weir explain registry/ --group support --tool documents_delete --action call    exits 0 if permitted, else 3
  weir explain registry/ --user 'https://idp.example.com|alice' --agent claude-code --group support \\
      --tool orders_refund --action call --arguments '{\"amount\": 501}' --format sentence
  weir explain registry/ --group support --resource handbook://shipping --action read
  weir explain registry/ --group support --at 2026-12-24T23:00:00Z --country CH
  weir explain registry/ --issuer corporate --claims '{\"groups\": [\"9a7c…\"]}'     by the claims of a token, and how they are mapped
  weir explain registry/ --service nightly-report                                 everything that a service may do
  weir explain registry/ --group support --what-if leads --what-if -support       the changes for a member who moves
  weir explain --live --remote --keys publisher.public.json --group support       from the records that gateways read now
  weir explain --live --local --persist-to .wrangler/state --keys publisher.public.json --group support
  weir explain --live --from spin --manifest spin.toml --keys publisher.public.json --group support

JSON (within one `version`, members are only added; `file` and `line` are null for a live registry):
  version         1
  source          {kind: \"folder\"|\"live\", path, epoch}
  caller          {user, agent, groups, at, address, country}, and service, the client id of a service
  mapping         with --claims: {issuer, groups_claim, groups[]: {asserted, group, rule}, team, project}; rule is as_it_is,
                  group_names, not_in_group_names or default_groups; team and project are null or {claim, value}
  virtual_server  null or {name, via: \"group\"|\"flag\", group, file, line}
  team            null or {name, via, group, file, line, project}; via is also \"service\" or \"claim\"
  refusal         null or {reason, because}: the caller gets nothing at all
  tools[]         {tool, origin, file, line, list, call}; list and call are null if not asked about, or
                  {effect: \"permit\"|\"refusal\"|\"depends\", reason, detail, because, rules[]};
                  credential: what the origin gets from Weir, such as `token_exchange`;
                  may_ask[], if not empty: what the origin may ask the caller for
  resources[]     {resource, uri, origin, file, line, list, read}; resource is the pattern, uri the requested one or null
  prompts[]       {prompt, origin, file, line, list, get}
  rules[]         {id, role, group, file, line}; role and group if a role grants it
  hidden[]        the tools of the virtual server that are not in the caller's list
  hidden_resources[], hidden_prompts[]
                  the same for resources and prompts
  notes[]         assumptions, and likely mistakes in the question
`reason` is the code in audit events (`hidden` for lists), `detail` policy's own, more exact code.
With --what-if: {version, source, caller, gained[], lost[], changes[]: {about, old, new}, notes[]}; `old` is absent for
an addition, `new` for a removal.

Exit codes:
  0  done; with one --tool, --resource or --prompt and one --action: `permit` (with --what-if, for the changed caller)
  1  the registry has faults, or gateways refuse the live records
  2  the command can't be run as typed, or a file can't be read
  3  with one --tool, --resource or --prompt and one --action: `refusal` or `depends`
  7  with --live: the store can't be read";

impl Explain {
    /// Runs the command; see the help for the exit codes.
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
                return Err(Failure::Usage("--from, --keys and the flags of a store are for --live"));
            }
            Some(folder) => Source::folder(folder)?,
            None => Source::live(self.live)?,
        };
        let source = source.at(at / 1_000);
        let mapping = Mapping::of(&self.question, source.gateway())?;
        let of_service = source.service(&self.question).map(|service| &service.groups);
        let of_claims = mapping.as_ref().map(|mapping| &mapping.membership.groups);
        let held = of_service.or(of_claims).unwrap_or(&self.question.groups);
        let answer = inquiry::answer(&source, &self.question, mapping.as_ref(), held, at)?;
        if self.what_if.is_empty() {
            print(self.format, &answer)?;
            return Ok(exit_code(&self.question, &answer));
        }
        let groups = changed(held, &self.what_if);
        let then = inquiry::answer(&source, &self.question, mapping.as_ref(), &groups, at)?;
        let what_if = WhatIf::new(&answer, &then);
        match self.format {
            Format::Json => print_json(&what_if)?,
            Format::Table => print!("{}", legible_lines(&what_if.table())),
            Format::Sentence => println!("{}", legible(&what_if.sentence())),
        }
        Ok(exit_code(&self.question, &then))
    }
}

fn print(format: Format, answer: &Answer) -> Result<(), Failure> {
    match format {
        Format::Json => print_json(answer)?,
        Format::Table => print!("{}", legible_lines(&table::table(answer))),
        Format::Sentence => println!("{}", legible(&sentence::sentence(answer))),
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
    if permitted { ExitCode::SUCCESS } else { ExitCode::from(NOT_PERMITTED) }
}

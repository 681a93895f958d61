//! What goes on after a call: its task. Policy is asked anew.

use policy::{Action, Kind};

use super::Permitted;
use super::asking::Asking;
use crate::error::Refusal;
use crate::task::Task;

/// A task belongs to whoever may still see its tool. Everything else is no task at all.
pub(super) fn task(asking: &Asking<'_>) -> Result<Permitted, Refusal> {
    let at = asking.message.tasks().first().and_then(|task| seen(asking, task));
    let at = at.ok_or_else(|| match asking.unknown(Kind::Tool, "") {
        Refusal::UnknownTool => Refusal::UnknownTask,
        refusal => refusal,
    })?;
    if asking.frozen(at, None).is_some() {
        return Err(Refusal::Quarantined(Kind::Tool));
    }
    Ok(Permitted::Task(at))
}

fn seen(asking: &Asking<'_>, task: &Task) -> Option<usize> {
    task.find(asking.server).filter(|&at| asking.decide(at, Action::List, None).permits())
}

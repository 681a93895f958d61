//! The contract of `Quota`.

use std::time::Duration;

use futures::future::join_all;

use super::report::Report;
use crate::{Host, Quota, QuotaError, TakeResult, Timer};

/// A window that is too long to end during the suite.
const LONG: Duration = Duration::from_secs(60);
/// A window that the suite waits for; hosts round their clocks, and a store may be far away.
const SHORT: Duration = Duration::from_millis(1500);

const fn exhausted(taken: &Result<TakeResult, QuotaError>) -> bool {
    matches!(taken, Ok(TakeResult::Exhausted { ends_in }) if !ends_in.is_zero())
}

pub(super) async fn check<H: Host>(host: &H, report: &mut Report, run_id: &str) {
    let quota = host.quota();
    let key = |name: &str| format!("quota-{name}/{run_id}");

    let (one, other) = (key("one"), key("other"));
    let first = quota.take(&one, 2, 3, LONG).await;
    report.note("Quota", "a take tells what is left", matches!(first, Ok(TakeResult::Left(1))));
    let too_much = quota.take(&one, 2, 3, LONG).await;
    report.note("Quota", "an amount that doesn't fit is refused until the window ends", {
        matches!(too_much, Ok(TakeResult::Exhausted { ends_in }) if !ends_in.is_zero() && ends_in <= LONG)
    });
    let fitting = quota.take(&one, 1, 3, LONG).await;
    report.note("Quota", "an amount that doesn't fit takes nothing", matches!(fitting, Ok(TakeResult::Left(0))));
    report.note(
        "Quota",
        "another key is another quota",
        matches!(quota.take(&other, 3, 3, LONG).await, Ok(TakeResult::Left(0))),
    );
    report.note(
        "Quota",
        "another limit counts at once, in both directions",
        exhausted(&quota.take(&one, 1, 2, LONG).await)
            && matches!(quota.take(&one, 1, 5, LONG).await, Ok(TakeResult::Left(1))),
    );
    report.note(
        "Quota",
        "more than the limit never fits",
        exhausted(&quota.take(&key("large"), 4, 3, LONG).await)
            && matches!(quota.take(&key("large"), 3, 3, LONG).await, Ok(TakeResult::Left(0))),
    );

    let race = key("race");
    let takes = join_all((0..16).map(|_| quota.take(&race, 1, 5, LONG))).await;
    let mut left: Vec<u64> = takes
        .iter()
        .filter_map(|taken| if let Ok(TakeResult::Left(left)) = taken { Some(*left) } else { None })
        .collect();
    left.sort_unstable();
    let refused = takes.iter().filter(|taken| exhausted(taken)).count();
    report.note("Quota", "of many takes at once as many succeed as fit", left == [0, 1, 2, 3, 4] && refused == 11);

    let short = key("short");
    let filled = quota.take(&short, 1, 1, SHORT).await;
    let refused = quota.take(&short, 1, 1, SHORT).await;
    let ends_in = if let Ok(TakeResult::Exhausted { ends_in }) = refused { ends_in } else { SHORT };
    host.timer().sleep(ends_in + Duration::from_millis(20)).await;
    report.note(
        "Quota",
        "after the window there is the whole limit again",
        filled.is_ok()
            && exhausted(&refused)
            && matches!(quota.take(&short, 1, 1, SHORT).await, Ok(TakeResult::Left(0))),
    );
}

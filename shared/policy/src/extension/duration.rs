//! `duration`: a number of milliseconds, written as quantities with units.

/// The units in the order in which a text has them, and their milliseconds.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads `-?(DIGITSd)?(DIGITSh)?(DIGITSm)?(DIGITSs)?(DIGITSms)?` with at least one quantity: milliseconds.
///
/// Cedar adds from the smallest unit up, and a sum that overflows on the way is refused: so it is here.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (is_negative, mut rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    if rest.is_empty() {
        return None;
    }
    let mut quantities = [0_i128; UNITS.len()];
    for (quantity, (unit, _)) in quantities.iter_mut().zip(UNITS) {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        // `m` is no unit of a quantity in `ms`.
        let is_of_unit = after.strip_prefix(unit).filter(|next| unit != "m" || !next.starts_with('s'));
        let Some(after) = is_of_unit.filter(|_| digits > 0) else { continue };
        *quantity = i128::from(number.parse::<u64>().ok()?);
        rest = after;
    }
    if !rest.is_empty() {
        return None;
    }
    let mut total = 0_i64;
    for (position, (quantity, (_, milliseconds))) in quantities.into_iter().zip(UNITS).enumerate().rev() {
        // Only the milliseconds may be −2⁶³ by themselves.
        let is_smallest = position + 1 == UNITS.len();
        let part = if is_smallest {
            i64::try_from(if is_negative { -quantity } else { quantity }).ok()?
        } else {
            let part = i64::try_from(quantity).ok()?.checked_mul(milliseconds)?;
            if is_negative { -part } else { part }
        };
        total = total.checked_add(part)?;
    }
    Some(total)
}

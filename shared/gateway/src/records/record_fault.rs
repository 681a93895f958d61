//! The fault of a record that Weir can't use.

use registry::record::RecordKey;

use crate::error::Fault;

/// The fault of `record` with a stable `reason`.
pub(super) fn fault(record: &RecordKey<'_>, reason: &'static str) -> Fault {
    Fault::Registry { record: record.to_string(), reason }
}

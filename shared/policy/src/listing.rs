//! Listing: what of the rules about one tool, resource or prompt lists need to know.

/// The rules about one tool, resource or prompt, as far as listing needs them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    /// True if a rule without arguments may decide differently about listing and about use.
    pub differs: bool,
    /// The ids of the rules about use that may read arguments.
    pub readers: Vec<String>,
    /// True if one of these permits.
    pub has_permitting_reader: bool,
}

impl Listing {
    /// Adds a rule whose scope includes (listing, use) and whose text may read (the arguments, the action).
    pub fn add(
        &mut self,
        id: &str,
        is_permit: bool,
        (of_list, of_use): (bool, bool),
        (reads_arguments, reads_action): (bool, bool),
    ) {
        if of_use && reads_arguments {
            self.readers.push(id.to_owned());
            self.has_permitting_reader |= is_permit;
        } else {
            self.differs |= of_list != of_use || reads_action;
        }
    }
}

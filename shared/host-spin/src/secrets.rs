//! `Secrets` on Spin: the component's variables.
//!
//! Spin's names are lower case, Weir's upper case: the secret `ACCESS_TOKEN_KEYS` is the variable `access_token_keys`.

use std::cell::RefCell;
use std::collections::HashMap;

use ports::Secret;
use ports::{SecretError, Secrets};
use spin_sdk::variables::{self, Error};

use crate::fault::Fault;

/// The values of the manifest's variables, by Weir's names. A value is read once per instance, so a change reaches a
/// running deployment as its instances are replaced.
#[derive(Default)]
pub struct SpinSecrets {
    values: RefCell<HashMap<String, Secret>>,
}

impl SpinSecrets {
    /// The value of the secret `name`; `None` if it is empty, an error if the manifest has no such variable.
    pub(crate) async fn read(&self, name: &str) -> Result<Option<Secret>, Fault> {
        if let Some(value) = self.values.borrow().get(name) {
            return Ok(Some(value.clone()));
        }
        match variables::get(variable(name)).await {
            Ok(value) if value.is_empty() => Ok(None),
            Ok(value) => {
                let secret = Secret::new(value);
                self.values.borrow_mut().insert(name.to_owned(), secret.clone());
                Ok(Some(secret))
            }
            // A name that Spin forbids can't be set.
            Err(Error::Undefined(_) | Error::InvalidName(_)) => Err(Fault::Variable(variable(name))),
            Err(Error::Provider(_) | Error::Other(_)) => Err(Fault::Unreadable(variable(name))),
        }
    }

    /// The value of the secret `name`; an error if it is empty.
    pub(crate) async fn require(&self, name: &str) -> Result<Secret, Fault> {
        self.read(name).await?.ok_or_else(|| Fault::Variable(variable(name)))
    }
}

impl Secrets for SpinSecrets {
    async fn get(&self, name: &str) -> Result<Secret, SecretError> {
        self.require(name).await.map_err(|fault| match fault {
            Fault::Unreadable(_) => SecretError::Unreadable(name.to_owned()),
            _ => SecretError::Missing(name.to_owned()),
        })
    }
}

/// Spin's name for the secret `name`.
pub(crate) fn variable(name: &str) -> String {
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_secrets_in_lower_case() {
        assert_eq!(variable("ORIGIN_TICKETS_SECRET"), "origin_tickets_secret");
    }
}

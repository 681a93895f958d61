//! `Secrets` on Spin: variables of the component.
//!
//! Spin's names are lower case, Weir's are upper case: the secret `ACCESS_TOKEN_KEYS` is the variable `access_token_keys`.

use std::cell::RefCell;
use std::collections::HashMap;

use ports::Secret;
use ports::{SecretError, Secrets};
use spin_sdk::variables::{self, Error};

use crate::fault::Fault;

/// What the manifest's variables hold, by Weir's names. A value is read once per instance; instances come and go, so a value
/// that is changed behind a running deployment arrives by and by.
#[derive(Default)]
pub struct SpinSecrets {
    held: RefCell<HashMap<String, Secret>>,
}

impl SpinSecrets {
    /// What the variable of the secret `name` holds, if anything; an error where the manifest has no such variable.
    pub(crate) async fn read(&self, name: &str) -> Result<Option<Secret>, Fault> {
        if let Some(held) = self.held.borrow().get(name) {
            return Ok(Some(held.clone()));
        }
        match variables::get(variable(name)).await {
            Ok(value) if value.is_empty() => Ok(None),
            Ok(value) => {
                let secret = Secret::new(value);
                self.held.borrow_mut().insert(name.to_owned(), secret.clone());
                Ok(Some(secret))
            }
            // A name that Spin has no room for is one that nobody can have set.
            Err(Error::Undefined(_) | Error::InvalidName(_)) => Err(Fault::Variable(variable(name))),
            Err(Error::Provider(_) | Error::Other(_)) => Err(Fault::Unreadable(variable(name))),
        }
    }

    /// The secret called `name`, without which the component can't serve.
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

/// Spin's name of the secret `name`.
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

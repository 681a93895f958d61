//! The `Caller` port: the facts of the connection.

use std::net::IpAddr;

/// The facts of the connection that brought this request.
///
/// *Contract*
/// - A fact that the host does not vouch for is absent, never guessed: nothing comes from a header that a client can
///   set.
pub trait Caller {
    /// The client's IP address, if the host knows it.
    fn address(&self) -> Option<IpAddr>;
    /// The client's country (ISO 3166-1 alpha-2, upper case), if the host knows it.
    fn country(&self) -> Option<String>;
    /// The region's code inside the country (ISO 3166-2 without the country).
    fn region(&self) -> Option<String>;
}

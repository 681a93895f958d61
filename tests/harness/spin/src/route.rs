//! The choice of a component by path: an exact route before a `/...` one, a longer one before a shorter.

use crate::manifest::HttpTrigger;

/// The reason for which routes can't be served.
#[derive(Debug, thiserror::Error)]
#[error("the route `{0}` is neither exact nor ends in `/...`: this host knows no other")]
pub struct RouteError(String);

/// The route of a component.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// The route as written in the manifest.
    pub written: String,
    /// The route without a trailing `/...`.
    pub prefix: String,
    wildcard: bool,
    /// The component that answers.
    pub component: String,
}

/// All routes, the closest first.
#[derive(Debug)]
pub struct Router(Vec<Route>);

impl Router {
    /// Sorts the triggers' routes.
    pub fn new(triggers: &[HttpTrigger]) -> Result<Self, RouteError> {
        let mut routes = triggers.iter().map(Route::new).collect::<Result<Vec<_>, _>>()?;
        routes.sort_by_key(|route| (route.wildcard, std::cmp::Reverse(route.prefix.len())));
        Ok(Self(routes))
    }

    /// The route of a path, and the part of the path that its `...` matches.
    pub fn find<'a>(&self, path: &'a str) -> Option<(&Route, &'a str)> {
        self.0.iter().find_map(|route| Some((route, route.rest(path)?)))
    }
}

impl Route {
    fn new(trigger: &HttpTrigger) -> Result<Self, RouteError> {
        let written = trigger.route.clone();
        let (prefix, wildcard) = match written.strip_suffix("/...") {
            Some(prefix) => (prefix.to_owned(), true),
            None => (written.clone(), false),
        };
        if !written.starts_with('/') || prefix.contains([':', '*']) || prefix.contains("...") {
            return Err(RouteError(written));
        }
        Ok(Self { written, prefix, wildcard, component: trigger.component.clone() })
    }

    fn rest<'a>(&self, path: &'a str) -> Option<&'a str> {
        if !self.wildcard {
            return (path.trim_end_matches('/') == self.prefix.trim_end_matches('/')).then_some("");
        }
        let rest = path.strip_prefix(self.prefix.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[(&str, &str)]) -> Router {
        let triggers: Vec<HttpTrigger> = routes
            .iter()
            .map(|(route, component)| HttpTrigger { route: (*route).to_owned(), component: (*component).to_owned() })
            .collect();
        Router::new(&triggers).expect("the routes should do")
    }

    #[test]
    fn closest_route_answers() {
        let router = router(&[("/...", "gateway"), ("/ledger/...", "ledger"), ("/ledger/drain", "drain")]);
        for (path, component, rest) in [
            ("/", "gateway", "/"),
            ("/mcp", "gateway", "/mcp"),
            ("/ledgers", "gateway", "/ledgers"),
            ("/ledger", "ledger", ""),
            ("/ledger/", "ledger", "/"),
            ("/ledger/a/b", "ledger", "/a/b"),
            ("/ledger/drain", "drain", ""),
            ("/ledger/drain/", "drain", ""),
            ("/ledger/drain/x", "ledger", "/drain/x"),
        ] {
            let (route, found) = router.find(path).unwrap_or_else(|| panic!("`{path}` should have a route"));
            assert_eq!((route.component.as_str(), found), (component, rest), "{path}");
        }
    }

    #[test]
    fn path_without_a_route_has_none() {
        let router = router(&[("/reports/...", "ledger"), ("/audit", "ledger")]);
        for path in ["/", "/audit/1", "/report", "/reportsx"] {
            assert!(router.find(path).is_none(), "`{path}` should have no route");
        }
    }

    #[test]
    fn route_that_is_neither_exact_nor_a_tree_is_refused() {
        for route in ["/users/:name", "/a/*", "/.../b", "mcp"] {
            let trigger = HttpTrigger { route: route.to_owned(), component: "x".to_owned() };
            assert!(Router::new(&[trigger]).is_err(), "`{route}` should be refused");
        }
    }
}

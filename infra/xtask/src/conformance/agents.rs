//! Agents of three frameworks, driven by a scripted model: policy refuses a call, and the run goes on.
//!
//! Frameworks treat an error of the protocol as a broken tool: one ends the run, one hides the reason from the model.
//! So a refusal has to reach the model as text, in the result of the call.

use serde_json::{Value, json};

use super::{outcome::Row, program::line_of_json};
use crate::{
    command::{Fault, program, root},
    tools,
};

/// The frameworks that tests/conformance/agents/walk.py knows.
const FRAMEWORKS: [&str; 3] = ["langgraph", "openai-agents", "pydantic-ai"];

/// The `@message` of the rule in registries/legacy/policies that refuses the first call.
const REFUSED: &str = "Prompts about marketing are not sampled here. Ask about something else.";

/// The answer of the tool that is called then.
const ALLOWED: &str = "This is a simple text response for testing.";

/// Runs an agent of each framework against the virtual server `legacy`.
pub fn walk(gateway: &str) -> Row {
    let mut row = Row::new("agents that are refused and go on".to_owned());
    for framework in FRAMEWORKS {
        let failure = match seen(framework, gateway) {
            Ok(seen) => difference(&seen),
            Err(fault) => Some(fault.to_string()),
        };
        row.add(framework, true, false, failure);
    }
    row
}

fn seen(framework: &str, gateway: &str) -> Result<Value, Fault> {
    let mut command = program(tools::python("agents")?);
    command.arg(root().join("tests/conformance/agents/walk.py")).args([&format!("{gateway}/mcp/legacy"), framework]);
    line_of_json(command)
}

/// The reason why the run is not as it should be; `None` if it is.
fn difference(seen: &Value) -> Option<String> {
    let told = |at: usize, text: &str| seen["told"][at].as_str().is_some_and(|told| told.contains(text));
    let good = told(0, REFUSED) && told(1, ALLOWED) && seen["answer"] == json!("done");
    (!good).then(|| format!("the model should read the rule's message, then a result, then answer: {seen}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_that_ends_or_hides_the_reason_is_a_failure() {
        let good = json!({ "told": [format!("refused: {REFUSED}"), ALLOWED], "answer": "done" });
        assert_eq!(difference(&good), None);
        let hidden = json!({ "told": ["An error occurred.", ALLOWED], "answer": "done" });
        for bad in [hidden, json!({ "ended": "McpError" }), json!({ "told": [REFUSED, ALLOWED] })] {
            assert!(difference(&bad).is_some(), "{bad}");
        }
    }
}

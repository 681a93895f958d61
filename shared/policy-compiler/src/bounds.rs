//! Bounds: the size, nesting and height of a policy's text, measured before Cedar reads it.
//!
//! Cedar reads, validates, evaluates and drops an expression by recursion, so a deep one overflows the stack, which no
//! code can catch: natively it aborts `weir`, and in wasm it traps the instance with all calls in flight. The measure
//! is taken from the tokens without recursion, and never below the height of the tree that Cedar makes.
//!
//! | construct | nesting | height |
//! |---|---|---|
//! | brackets of any kind, `if` | 1 each | 1 each |
//! | a chain of `\|\|`, or of `&&` | | 1 per operator |
//! | `!`, `-`, `+`, `*`, comparisons, `in`, `has`, `like`, `is`, `.` | | 1 per operator of the operand that has most |
//! | several `when` and `unless` | | 1 each |
//! | elements of a set, entries of a record, arguments of a method | | the highest one |
//!
//! Cedar's grammar lets `then` and `else` be names as well. The parts of an `if` are therefore measured as one
//! expression, and an `if` ends with the brackets around it.

mod token;

use crate::{FaultReason, PolicyFault, PolicyText};

use token::{Token, tokens};

/// Maximum length of a policy, bytes: 300 users by name in one list are 20 kB.
pub const MAXIMUM_BYTES: usize = 32 << 10;

/// Maximum number of operands (words, numbers and strings) of a policy: enough for a list of 1,000 entities, which are
/// two each. The work of a decision grows with it.
pub const MAXIMUM_OPERANDS: usize = 2048;

/// Maximum nesting of brackets and `if`. A stack of 1 MiB in wasm overflowed at 104 brackets and at 89 `if`s.
pub const MAXIMUM_NESTING: usize = 24;

/// Maximum height of the expression. A stack of 1 MiB in wasm overflowed at a chain of 261 `||`. The deepest
/// allowed expressions of every kind were decided on both hosts with 384 KiB, and not with 256 KiB; the gateway's
/// functions have 4 MiB.
pub const MAXIMUM_HEIGHT: usize = 64;

/// Checks the bounds of a policy. The fault has the place of the first token beyond them.
pub(crate) fn check(policy: &PolicyText) -> Result<(), PolicyFault> {
    let fault = |offset, message: String| PolicyFault {
        offset: Some(offset),
        ..PolicyFault::of_policy(&policy.id, FaultReason::Bounds, message)
    };
    if policy.text.len() > MAXIMUM_BYTES {
        let message = format!("{} bytes long, where {MAXIMUM_BYTES} are allowed; {IN_PARTS}", policy.text.len());
        return Err(fault(0, message));
    }
    let mut levels = Levels::default();
    let mut operands = 0;
    for (offset, token) in tokens(&policy.text) {
        operands += usize::from(matches!(token, Token::Operand));
        levels.take(token);
        if operands > MAXIMUM_OPERANDS {
            let message = format!("it has more than {MAXIMUM_OPERANDS} words, numbers and strings; {IN_PARTS}");
            return Err(fault(offset, message));
        }
        if levels.nesting() > MAXIMUM_NESTING {
            let message = format!("brackets and `if` are nested deeper than {MAXIMUM_NESTING}; {IN_PARTS}");
            return Err(fault(offset, message));
        }
        if levels.height() > MAXIMUM_HEIGHT {
            let message = format!("more than {MAXIMUM_HEIGHT} operators on one path of the expression; {AS_LIST}");
            return Err(fault(offset, message));
        }
    }
    Ok(())
}

const IN_PARTS: &str = "write several policies, or a group in place of a list of users";

const AS_LIST: &str = "in place of a chain of `||` write a list, `[…].contains(…)` or `principal in [User::\"…\", …]`, \
     and in place of a chain of `&&` several `forbid` policies";

/// The open brackets and `if`s of a policy.
#[derive(Default)]
struct Levels {
    /// The levels around `top`, outermost first.
    open: Vec<Level>,
    top: Level,
}

/// The inside of one pair of brackets, or the rest of it from an `if` on.
#[derive(Default)]
struct Level {
    is_if: bool,
    /// Height of the highest element before the last comma.
    elements: usize,
    /// Number of `||` in the last element.
    ors: usize,
    /// Height of its highest operand of `||`, without the last.
    or_operands: usize,
    /// Number of `&&` in the last operand of `||`.
    ands: usize,
    /// Height of the highest operand of `&&` there, without the last.
    and_operands: usize,
    /// Number of other operators in the last operand of `&&`.
    others: usize,
    /// Height of the highest brackets or `if` in it.
    inner: usize,
}

impl Level {
    /// The height of the last operand of `&&`, if brackets of height `open` are open in it.
    fn operand(&self, open: usize) -> usize {
        self.others + self.inner.max(open)
    }

    fn or_operand(&self, open: usize) -> usize {
        self.ands + self.and_operands.max(self.operand(open))
    }

    fn height(&self, open: usize) -> usize {
        self.elements.max(self.ors + self.or_operands.max(self.or_operand(open)))
    }

    fn and(&mut self) {
        self.and_operands = self.and_operands.max(self.operand(0));
        self.ands += 1;
        (self.others, self.inner) = (0, 0);
    }

    fn or(&mut self) {
        self.or_operands = self.or_operands.max(self.or_operand(0));
        self.ors += 1;
        (self.ands, self.and_operands, self.others, self.inner) = (0, 0, 0, 0);
    }
}

impl Levels {
    fn take(&mut self, token: Token) {
        match token {
            Token::Operand => {}
            Token::Operator => self.top.others += 1,
            Token::And => self.top.and(),
            Token::Or => self.top.or(),
            // Inside of brackets these words are names.
            Token::Condition if self.open.is_empty() => self.top.and(),
            Token::Condition => {}
            Token::Open => self.push(false),
            Token::If => self.push(true),
            Token::Close => {
                self.close_ifs();
                self.pop();
            }
            Token::Comma => {
                self.close_ifs();
                self.top = Level { elements: self.top.height(0), ..Level::default() };
            }
        }
    }

    /// Number of open brackets and `if`s.
    fn nesting(&self) -> usize {
        self.open.len()
    }

    /// The height of the text so far.
    fn height(&self) -> usize {
        let innermost_first = std::iter::once(&self.top).chain(self.open.iter().rev());
        innermost_first.fold(0, |open, level| 1 + level.height(open))
    }

    fn push(&mut self, is_if: bool) {
        let around = std::mem::replace(&mut self.top, Level { is_if, ..Level::default() });
        self.open.push(around);
    }

    fn pop(&mut self) {
        if let Some(around) = self.open.pop() {
            let height = 1 + self.top.height(0);
            self.top = around;
            self.top.inner = self.top.inner.max(height);
        }
    }

    /// Closes the `if`s inside the innermost brackets.
    fn close_ifs(&mut self) {
        while self.top.is_if {
            self.pop();
        }
    }
}

#[cfg(test)]
mod tests;

//! A network in memory: each request is answered as a script says, chunk by chunk.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use futures::future::{Either, select};

use super::MemoryTimer;
use crate::{Fetch, FetchError, FetchLimits, Timer};

/// One step of an answer's body.
#[derive(Debug, Clone)]
pub enum Chunk {
    /// These bytes arrive.
    Data(Bytes),
    /// Nothing arrives for this time.
    Wait(Duration),
    /// The connection breaks.
    BreakOff,
    /// Nothing arrives ever again.
    Hang,
}

/// The response of a scripted server.
pub struct Answer {
    /// The time until the headers arrive.
    pub delay: Duration,
    /// The head and the steps of its body, or the failure of the connection.
    pub response: Result<http::Response<Vec<Chunk>>, FetchError>,
    /// Called when the client drops the response before its end.
    pub aborted: Rc<dyn Fn()>,
}

/// The function that gives the response to a request.
pub type Script = Rc<dyn Fn(http::Request<Bytes>) -> Answer>;

/// A network that follows a script.
#[derive(Clone)]
pub struct MemoryFetch {
    script: Rc<RefCell<Script>>,
    timer: MemoryTimer,
}

impl MemoryFetch {
    /// A network that answers as `script` says.
    pub fn new(script: Script, timer: MemoryTimer) -> Self {
        Self { script: Rc::new(RefCell::new(script)), timer }
    }
}

/// Tells the script when a response is dropped before its end.
struct Guard {
    aborted: Rc<dyn Fn()>,
    finished: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.finished {
            (self.aborted)();
        }
    }
}

impl Fetch for MemoryFetch {
    type Body = MemoryBody;

    async fn send(
        &self,
        request: http::Request<Bytes>,
        limits: FetchLimits,
    ) -> Result<http::Response<MemoryBody>, FetchError> {
        let script = self.script.borrow().clone();
        let answer = script(request);
        let mut guard = Guard { aborted: answer.aborted, finished: false };
        if answer.delay >= limits.deadline {
            self.timer.sleep(limits.deadline).await;
            return Err(FetchError::Deadline);
        }
        if !answer.delay.is_zero() {
            self.timer.sleep(answer.delay).await;
        }
        match answer.response {
            Err(error) => {
                guard.finished = true;
                Err(error)
            }
            Ok(response) => Ok(response.map(|steps| MemoryBody {
                steps: steps.into(),
                waiting: None,
                timer: self.timer.clone(),
                left: limits.body_bytes,
                limits,
                guard,
            })),
        }
    }
}

/// A step that a body waits for, with a deadline.
type Waiting = Pin<Box<dyn Future<Output = Result<(), FetchError>>>>;

/// The body of a scripted response.
pub struct MemoryBody {
    steps: VecDeque<Chunk>,
    waiting: Option<Waiting>,
    timer: MemoryTimer,
    left: usize,
    limits: FetchLimits,
    guard: Guard,
}

impl MemoryBody {
    fn wait(&self, duration: Option<Duration>) -> Waiting {
        let deadline = self.timer.sleep(self.limits.deadline);
        let Some(duration) = duration else {
            return Box::pin(async move {
                deadline.await;
                Err(FetchError::Deadline)
            });
        };
        let step = self.timer.sleep(duration);
        Box::pin(async move {
            match select(Box::pin(step), Box::pin(deadline)).await {
                Either::Left(_) => Ok(()),
                Either::Right(_) => Err(FetchError::Deadline),
            }
        })
    }

    fn end(&mut self, item: Option<Result<Bytes, FetchError>>) -> Poll<Option<Result<Bytes, FetchError>>> {
        self.steps.clear();
        // A deadline or a size limit is the client aborting; all other ends are the server's.
        self.guard.finished = !matches!(item, Some(Err(FetchError::Deadline | FetchError::TooLarge(_))));
        Poll::Ready(item)
    }
}

impl Stream for MemoryBody {
    type Item = Result<Bytes, FetchError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                match waiting.as_mut().poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(error)) => {
                        self.waiting = None;
                        return self.end(Some(Err(error)));
                    }
                    Poll::Ready(Ok(())) => self.waiting = None,
                }
            }
            match self.steps.pop_front() {
                None => return self.end(None),
                Some(Chunk::BreakOff) => {
                    return self.end(Some(Err(FetchError::ConnectionLost("scripted".into()))));
                }
                Some(Chunk::Wait(duration)) => self.waiting = Some(self.wait(Some(duration))),
                Some(Chunk::Hang) => self.waiting = Some(self.wait(None)),
                Some(Chunk::Data(bytes)) if bytes.len() > self.left => {
                    let limit = self.limits.body_bytes;
                    return self.end(Some(Err(FetchError::TooLarge(limit))));
                }
                Some(Chunk::Data(bytes)) => {
                    self.left -= bytes.len();
                    return Poll::Ready(Some(Ok(bytes)));
                }
            }
        }
    }
}

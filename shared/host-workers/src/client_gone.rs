//! `ClientGone` on Workers: the incoming request's abort signal (compatibility flag `enable_request_signal`).

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use ports::ClientGone;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{AbortSignal, Request};

/// Whether the client of one request has gone.
///
/// Listening starts when somebody first waits. It is one listener for all who wait, taken off when the last of them lets
/// go: a promise for an abort that never comes would stay behind for ever.
#[derive(Clone)]
pub struct WorkersClientGone(Rc<Line>);

struct Line {
    signal: AbortSignal,
    listener: RefCell<Option<Closure<dyn FnMut()>>>,
    waiting: Rc<RefCell<Waiting>>,
}

/// Who waits, by the number each was given.
#[derive(Default)]
struct Waiting {
    gone: bool,
    next: u64,
    wakers: Vec<(u64, Waker)>,
}

impl WorkersClientGone {
    /// Of the client that sent `request`.
    pub fn new(request: &Request) -> Self {
        Self(Rc::new(Line { signal: request.signal(), listener: RefCell::default(), waiting: Rc::default() }))
    }
}

impl ClientGone for WorkersClientGone {
    fn gone(&self) -> impl Future<Output = ()> + 'static {
        Gone { line: self.0.clone(), number: None }
    }
}

impl Line {
    fn listen(&self) {
        let mut listener = self.listener.borrow_mut();
        if listener.is_some() {
            return;
        }
        self.waiting.borrow_mut().gone = self.signal.aborted();
        let callback = Closure::<dyn FnMut()>::new({
            let waiting = self.waiting.clone();
            move || {
                let wakers = {
                    let mut waiting = waiting.borrow_mut();
                    waiting.gone = true;
                    std::mem::take(&mut waiting.wakers)
                };
                wakers.into_iter().for_each(|(_, waker)| waker.wake());
            }
        });
        // It can only fail for arguments that are no event name and no function.
        let _ = self.signal.add_event_listener_with_callback("abort", callback.as_ref().unchecked_ref());
        *listener = Some(callback);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(callback) = self.listener.get_mut().take() {
            let _ = self.signal.remove_event_listener_with_callback("abort", callback.as_ref().unchecked_ref());
        }
    }
}

struct Gone {
    line: Rc<Line>,
    number: Option<u64>,
}

impl Future for Gone {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let line = self.line.clone();
        line.listen();
        let mut waiting = line.waiting.borrow_mut();
        if waiting.gone {
            return Poll::Ready(());
        }
        let number = *self.number.get_or_insert_with(|| {
            waiting.next += 1;
            waiting.next
        });
        match waiting.wakers.iter_mut().find(|(other, _)| *other == number) {
            Some((_, waker)) => waker.clone_from(context.waker()),
            None => waiting.wakers.push((number, context.waker().clone())),
        }
        Poll::Pending
    }
}

impl Drop for Gone {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.line.waiting.borrow_mut().wakers.retain(|(other, _)| *other != number);
        }
    }
}

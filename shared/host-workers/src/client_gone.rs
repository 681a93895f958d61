//! `ClientGone` on Workers: the incoming request's abort signal (compatibility flag `enable_request_signal`).

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use ports::ClientGone;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{AbortSignal, Request};

/// The event that the client of one request is gone.
///
/// The first poll adds one listener, shared by all waiting futures; dropping the last clone removes it. A promise for
/// an abort that never happens would leak.
#[derive(Clone)]
pub struct WorkersClientGone(Rc<AbortListener>);

/// The abort signal of one request and its listener.
struct AbortListener {
    signal: AbortSignal,
    listener: RefCell<Option<Closure<dyn FnMut()>>>,
    waiters: Rc<RefCell<Waiters>>,
}

/// The waiting futures, each with its number.
#[derive(Default)]
struct Waiters {
    gone: bool,
    next: u64,
    wakers: Vec<(u64, Waker)>,
}

impl WorkersClientGone {
    /// The event for the client of `request`.
    pub fn new(request: &Request) -> Self {
        Self(Rc::new(AbortListener { signal: request.signal(), listener: RefCell::default(), waiters: Rc::default() }))
    }
}

impl ClientGone for WorkersClientGone {
    fn gone(&self) -> impl Future<Output = ()> + 'static {
        Gone { abort: self.0.clone(), number: None }
    }
}

impl AbortListener {
    /// Adds the listener unless it is there.
    fn listen(&self) {
        let mut listener = self.listener.borrow_mut();
        if listener.is_some() {
            return;
        }
        self.waiters.borrow_mut().gone = self.signal.aborted();
        let callback = Closure::<dyn FnMut()>::new({
            let waiters = self.waiters.clone();
            move || {
                let wakers = {
                    let mut waiters = waiters.borrow_mut();
                    waiters.gone = true;
                    std::mem::take(&mut waiters.wakers)
                };
                wakers.into_iter().for_each(|(_, waker)| waker.wake());
            }
        });
        // Fails only for arguments that are no event name and no function.
        let _ = self.signal.add_event_listener_with_callback("abort", callback.as_ref().unchecked_ref());
        *listener = Some(callback);
    }
}

impl Drop for AbortListener {
    fn drop(&mut self) {
        if let Some(callback) = self.listener.get_mut().take() {
            let _ = self.signal.remove_event_listener_with_callback("abort", callback.as_ref().unchecked_ref());
        }
    }
}

/// A future that resolves when the client is gone.
struct Gone {
    abort: Rc<AbortListener>,
    number: Option<u64>,
}

impl Future for Gone {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let abort = self.abort.clone();
        abort.listen();
        let mut waiters = abort.waiters.borrow_mut();
        if waiters.gone {
            return Poll::Ready(());
        }
        let number = *self.number.get_or_insert_with(|| {
            waiters.next += 1;
            waiters.next
        });
        match waiters.wakers.iter_mut().find(|(other, _)| *other == number) {
            Some((_, waker)) => waker.clone_from(context.waker()),
            None => waiters.wakers.push((number, context.waker().clone())),
        }
        Poll::Pending
    }
}

impl Drop for Gone {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.abort.waiters.borrow_mut().wakers.retain(|(other, _)| *other != number);
        }
    }
}

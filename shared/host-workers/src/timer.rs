//! `Timer` on Workers: `setTimeout`.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ports::Timer;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Closure<dyn FnMut()>, millis: u32) -> f64;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: f64);
}

/// `setTimeout`.
#[derive(Debug, Clone, Copy)]
pub struct WorkersTimer;

impl Timer for WorkersTimer {
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static {
        Sleep { duration, running: None }
    }
}

/// Milliseconds, rounded up because a timer must not fire early; at most 2^31 − 1 (24 days), the range of `setTimeout`.
pub(crate) fn millis(duration: Duration) -> u32 {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    u32::try_from(millis).map_or(i32::MAX as u32, |millis| millis.min(i32::MAX as u32))
}

/// The state that the callback and the future share.
#[derive(Default)]
struct TimerState {
    fired: bool,
    waker: Option<Waker>,
}

/// A running timer; dropping it stops it.
struct RunningTimer {
    id: f64,
    state: Rc<RefCell<TimerState>>,
    // Kept alive for the runtime's call.
    _callback: Closure<dyn FnMut()>,
}

impl Drop for RunningTimer {
    fn drop(&mut self) {
        if !self.state.borrow().fired {
            clear_timeout(self.id);
        }
    }
}

struct Sleep {
    duration: Duration,
    running: Option<RunningTimer>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let duration = self.duration;
        let running = self.running.get_or_insert_with(|| RunningTimer::start(duration));
        let mut state = running.state.borrow_mut();
        if state.fired {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl RunningTimer {
    fn start(duration: Duration) -> Self {
        let state = Rc::new(RefCell::new(TimerState::default()));
        let callback = Closure::new({
            let state = state.clone();
            move || {
                let waker = {
                    let mut state = state.borrow_mut();
                    state.fired = true;
                    state.waker.take()
                };
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
        });
        Self { id: set_timeout(&callback, millis(duration)), state, _callback: callback }
    }
}

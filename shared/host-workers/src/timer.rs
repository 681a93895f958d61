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

/// Rounded up, because a timer may never fire early; at most 24 days, where `setTimeout`'s own range ends.
pub(crate) fn millis(duration: Duration) -> u32 {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    u32::try_from(millis).map_or(i32::MAX as u32, |millis| millis.min(i32::MAX as u32))
}

/// What the callback and the future share.
#[derive(Default)]
struct Bell {
    rung: bool,
    waker: Option<Waker>,
}

/// A timer that runs; dropping it stops it.
struct Running {
    id: f64,
    bell: Rc<RefCell<Bell>>,
    // Kept so that the runtime can call it; freed with this.
    _callback: Closure<dyn FnMut()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.bell.borrow().rung {
            clear_timeout(self.id);
        }
    }
}

struct Sleep {
    duration: Duration,
    running: Option<Running>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let duration = self.duration;
        let running = self.running.get_or_insert_with(|| Running::start(duration));
        let mut bell = running.bell.borrow_mut();
        if bell.rung {
            return Poll::Ready(());
        }
        bell.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Running {
    fn start(duration: Duration) -> Self {
        let bell = Rc::new(RefCell::new(Bell::default()));
        let callback = Closure::new({
            let bell = bell.clone();
            move || {
                let waker = {
                    let mut bell = bell.borrow_mut();
                    bell.rung = true;
                    bell.waker.take()
                };
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
        });
        Self { id: set_timeout(&callback, millis(duration)), bell, _callback: callback }
    }
}

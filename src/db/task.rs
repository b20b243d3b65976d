//! A closure on its way through a database thread: run first, answered later.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot::Sender;

use super::{Conn, Error};

/// A closure whose types are known only to the one who asked.
pub(super) trait Task: Send {
    /// Runs the closure and keeps its answer. True if it answered `Ok`.
    fn run(&mut self, conn: &mut Conn) -> bool;

    /// Whether the closure panicked: what it left open on the connection is unknown.
    fn panicked(&self) -> bool;

    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;

    /// Puts an error in the place of the closure's answer.
    fn refuse(&mut self, error: Error);

    /// Sends the answer that the closure gave.
    fn answer(self: Box<Self>);

    /// Sends this error, whatever the closure answered.
    fn fail(self: Box<Self>, error: Error);
}

/// The one kind of [`Task`].
pub(super) struct TaskOf<F, G, T, U, E> {
    closure: Option<F>,
    /// What is done with the closure's value before it is sent: after the commit, in the order of the commits.
    committed: G,
    answer: Option<Result<T, E>>,
    panicked: bool,
    sender: Sender<Result<U, E>>,
    /// The request that asked: what is logged on the database's threads belongs to it.
    span: tracing::Span,
}

impl<F, G, T, U, E> TaskOf<F, G, T, U, E> {
    pub(super) fn new(closure: F, committed: G, sender: Sender<Result<U, E>>) -> Self {
        Self { closure: Some(closure), committed, answer: None, panicked: false, sender, span: tracing::Span::current() }
    }
}

impl<F, G, T, U, E> Task for TaskOf<F, G, T, U, E>
where
    F: FnOnce(&mut Conn) -> Result<T, E> + Send,
    G: FnOnce(T) -> U + Send,
    T: Send,
    U: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, conn: &mut Conn) -> bool {
        let Some(closure) = self.closure.take() else { return false };
        let _span = self.span.clone().entered();
        // Unwind safe: the closure is gone, and the caller rolls the connection back.
        let answer = catch_unwind(AssertUnwindSafe(|| closure(conn))).unwrap_or_else(|panic| {
            self.panicked = true;
            let message = panic_message(&*panic);
            tracing::error!(message, "a database closure panicked");
            Err(Error::Panicked(message).into())
        });
        let kept = answer.is_ok();
        self.answer = Some(answer);
        kept
    }

    fn panicked(&self) -> bool {
        self.panicked
    }

    fn is_abandoned(&self) -> bool {
        self.sender.is_closed()
    }

    fn refuse(&mut self, error: Error) {
        self.answer = Some(Err(error.into()));
    }

    fn answer(self: Box<Self>) {
        let Self { committed, answer, sender, span, .. } = *self;
        let Some(answer) = answer else { return };
        let _span = span.entered();
        let answer = answer.and_then(|value| {
            // Unwind safe: what panics here has lost its own value only.
            catch_unwind(AssertUnwindSafe(|| committed(value))).map_err(|panic| {
                let message = panic_message(&*panic);
                tracing::error!(message, "what follows a commit panicked");
                Error::Panicked(message).into()
            })
        });
        // Whoever asked may have gone; the act stands all the same.
        let _ = sender.send(answer);
    }

    fn fail(self: Box<Self>, error: Error) {
        let _ = self.sender.send(Err(error.into()));
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

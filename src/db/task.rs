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
pub(super) struct TaskOf<F, T, E> {
    closure: Option<F>,
    answer: Option<Result<T, E>>,
    panicked: bool,
    sender: Sender<Result<T, E>>,
    /// The request that asked: what is logged on the database's threads belongs to it.
    span: tracing::Span,
}

impl<F, T, E> TaskOf<F, T, E> {
    pub(super) fn new(closure: F, sender: Sender<Result<T, E>>) -> Self {
        Self { closure: Some(closure), answer: None, panicked: false, sender, span: tracing::Span::current() }
    }
}

impl<F, T, E> Task for TaskOf<F, T, E>
where
    F: FnOnce(&mut Conn) -> Result<T, E> + Send,
    T: Send,
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
        if let Some(answer) = self.answer {
            // Whoever asked may have gone; the act stands all the same.
            let _ = self.sender.send(answer);
        }
    }

    fn fail(self: Box<Self>, error: Error) {
        let _ = self.sender.send(Err(error.into()));
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

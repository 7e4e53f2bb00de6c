//! Leaves that ask the engine. In: a question, plain data; out: its frame, and the answer.
use super::Turn;
use crate::frame::machine::{Call, Cx};
use crate::frame::{Leaf, Silent};
use crate::snapshot::{In, Info, NotNow, Out, RestoreError, State};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::task::Poll;

/// What is asked of the engine. It is stored as it is, for as long as it waits.
pub(crate) trait Question: Serialize + DeserializeOwned + Send + Unpin + 'static {
    type Return;
    const INFO: &'static Info;
    /// Asks, again at each resume.
    fn ask(&mut self, turn: &Turn) -> Poll<Self::Return>;
    /// Asks where there is no engine.
    fn ask_nobody(&mut self) -> Self::Return {
        panic!(
            "`{0}` was awaited where no engine drives the coroutine: start it with a `Runtime`, and await `{0}` directly in a `#[durable]` function, not inside a step",
            Self::INFO.name
        )
    }
}

/// What is known of a question that is called `name`, and whose value is told as `asks`.
pub(crate) const fn question(name: &'static str) -> Info {
    Info { name, file: "", states: &[State { label: "Asks", line: 0, live: &[0], held: &[] }], slots: &["asks"] }
}

pub(crate) struct Asking<Q>(Q);

impl<Q: Question> Asking<Q> {
    fn values(question: Option<&Q>, out: &mut Out<'_>) -> Result<(), NotNow> {
        out.state(0)?;
        if out.shapes::<Q>() {
            return Ok(());
        }
        question.map_or(Ok(()), |question| out.value(question))
    }
}

impl<Q: Question> Leaf for Asking<Q> {
    type Return = Q::Return;
    type Port = Silent;

    fn advance(&mut self, cx: &mut Cx<'_>) -> Poll<Q::Return> {
        let Some(turn) = cx.turn() else { return Poll::Ready(self.0.ask_nobody()) };
        let answer = self.0.ask(turn);
        if answer.is_pending() {
            cx.sleeps();
        }
        answer
    }

    fn write(&self, out: &mut Out<'_>) -> Result<(), NotNow> {
        out.frame(Q::INFO, 0, &|out| Self::values(Some(&self.0), out))
    }

    fn read(input: &mut In<'_>) -> Result<Self, RestoreError> {
        input.frame(Q::INFO, 0, &|out| Self::values(None, out))?;
        Ok(Asking(input.value()?))
    }
}

/// The frame that asks.
pub(crate) fn asking<Q: Question>(question: Q) -> Asking<Q> {
    Asking(question)
}

/// A call that asks.
pub(crate) fn ask<Q: Question>(question: Q) -> Call<'static, (), Asking<Q>> {
    Call::new((), asking(question))
}

/// The frame of a public function: named, so that it does not depend on how the function was called.
macro_rules! frame {
    ($(#[$doc:meta])* $name:ident<$t:ident> gives $gives:ty, of $question:ident where $($bound:tt)*) => {
        $(#[$doc])*
        pub struct $name<$t>($crate::leaf::asking::Asking<$question<$t>>);
        impl<$t: $($bound)*> $name<$t> {
            fn call(question: $question<$t>) -> $crate::frame::machine::Call<'static, (), Self> {
                $crate::frame::machine::Call::new((), $name($crate::leaf::asking::asking(question)))
            }
        }
        impl<$t: $($bound)*> $crate::frame::Leaf for $name<$t> {
            $crate::leaf::asking::frame! { @ $gives }
        }
    };
    ($(#[$doc:meta])* $name:ident gives $gives:ty, of $question:ident) => {
        $(#[$doc])*
        pub struct $name($crate::leaf::asking::Asking<$question>);
        impl $name {
            fn call(question: $question) -> $crate::frame::machine::Call<'static, (), Self> {
                $crate::frame::machine::Call::new((), $name($crate::leaf::asking::asking(question)))
            }
        }
        impl $crate::frame::Leaf for $name {
            $crate::leaf::asking::frame! { @ $gives }
        }
    };
    (@ $gives:ty) => {
        type Return = $gives;
        type Port = $crate::frame::Silent;
        fn advance(&mut self, cx: &mut $crate::frame::machine::Cx<'_>) -> std::task::Poll<Self::Return> {
            self.0.advance(cx)
        }
        fn write(&self, out: &mut $crate::snapshot::Out<'_>) -> Result<(), $crate::snapshot::NotNow> {
            self.0.write(out)
        }
        fn read(input: &mut $crate::snapshot::In<'_>) -> Result<Self, $crate::snapshot::RestoreError> {
            $crate::frame::Leaf::read(input).map(Self)
        }
    };
}
pub(super) use frame;

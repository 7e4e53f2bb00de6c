//! Attacks on what the `unsafe` of this crate leans on, in safe code: each must not compile. (The ones that compile and must be clean
//! are `tests/attacks.rs`.)
//!
//! A coroutine outlives what it was lent: it is dropped first, or not at all.
//! ```compile_fail,E0597
//! # use coroutine_runtime::prelude::*;
//! # #[durable] async fn rings(list: &mut Vec<u8>) { std::future::ready(()).await; list.push(1); }
//! let coroutine = { let mut list = vec![]; rings(&mut list).start() };
//! drop(coroutine);
//! ```
//! Nor may it be declared before what it borrows, for it drops later.
//! ```compile_fail,E0597
//! # use coroutine_runtime::prelude::*;
//! # #[durable] async fn rings(list: &mut Vec<u8>) { std::future::ready(()).await; list.push(1); }
//! let mut coroutine;
//! let mut list = vec![];
//! coroutine = rings(&mut list).start();
//! ```
//! The same for a call that is polled as a future.
//! ```compile_fail,E0597
//! # use coroutine_runtime::prelude::*;
//! # #[durable] async fn rings(list: &mut Vec<u8>) { std::future::ready(()).await; list.push(1); }
//! let mut call;
//! let mut list = vec![];
//! call = Box::pin(rings(&mut list));
//! ```
//! An erased call that was polled, and may have something under way, is not started, nor moved.
//! ```compile_fail,E0277
//! # use coroutine_runtime::{Erased, erase, prelude::*};
//! # #[durable] async fn rings() { std::future::ready(()).await; }
//! # let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
//! let mut call: Erased<()> = erase(rings());
//! let _ = std::pin::Pin::new(&mut call).poll(&mut cx);
//! let _ = call.start().snapshot();
//! ```
//! What is lent is borrowed while the coroutine lives.
//! ```compile_fail,E0499
//! # use coroutine_runtime::prelude::*;
//! # #[durable] async fn rings(list: &mut Vec<u8>) { std::future::ready(()).await; list.push(1); }
//! let mut list = vec![];
//! let mut coroutine = rings(&mut list).start();
//! list.push(1);
//! let _ = coroutine.run();
//! ```
//! A copy of a coroutine may not share a `&mut`.
//! ```compile_fail,E0277
//! # use coroutine_runtime::prelude::*;
//! # #[durable] async fn rings(list: &mut Vec<u8>) { std::future::ready(()).await; list.push(1); }
//! let mut list = vec![];
//! let copy = rings(&mut list).start().try_clone();
//! ```
//! What is lent and is not `Sync` keeps a coroutine on its thread.
//! ```compile_fail,E0277
//! # use coroutine_runtime::prelude::*;
//! # use std::cell::Cell;
//! # #[durable(yield = u8)] async fn looks(cell: &Cell<u8>) { yield_(cell.get()).await; }
//! let cell = Cell::new(1);
//! let mut coroutine = looks(&cell).start();
//! std::thread::scope(|scope| scope.spawn(move || coroutine.resume(())).join().map(drop));
//! ```
//! (With something that is `Sync`, it moves.)
//! ```
//! # use coroutine_runtime::prelude::*;
//! # #[durable(yield = u8)] async fn looks(cell: &u8) { yield_(*cell).await; }
//! let cell = 1;
//! let mut coroutine = looks(&cell).start();
//! std::thread::scope(|scope| scope.spawn(move || coroutine.resume(())).join().map(drop)).unwrap();
//! ```
//! A coroutine is not shared between threads: a snapshot reads what another thread could be resuming.
//! ```compile_fail,E0277
//! # use coroutine_runtime::prelude::*;
//! # #[durable(yield = u8)] async fn counts() { yield_(1).await; }
//! fn shared<T: Sync>(_: &T) {}
//! shared(&counts().start());
//! ```
//! A variable that is not `Send` cannot be in a frame.
//! ```compile_fail,E0277
//! # use coroutine_runtime::prelude::*;
//! # #[durable(yield = u8)]
//! async fn keeps() {
//!     let count = std::rc::Rc::new(1u8);
//!     std::future::ready(()).await;
//!     drop(count);
//! }
//! ```
//! Frames cannot be made by hand,
//! ```compile_fail,E0277
//! # use coroutine_runtime::__private::*;
//! struct Mine;
//! impl Frame for Mine {
//!     type Lent = ();
//!     type Return = ();
//!     type Port = Silent;
//!     unsafe fn resume(self: std::pin::Pin<&mut Self>, _: &mut Lend<'_, ()>, _: &mut Cx<'_>) -> std::task::Poll<()> { todo!() }
//!     fn save_into<'f>(&'f self, _: &mut Out<'f>) -> Result<(), NotNow> { todo!() }
//!     fn load(_: &mut In<'_>) -> Result<Self, RestoreError> { todo!() }
//! }
//! ```
//! nor families of borrows,
//! ```compile_fail,E0277
//! # use coroutine_runtime::__private::*;
//! struct Mine;
//! impl Loan for Mine {
//!     type At<'x> = &'static u8;
//!     type Raw = ();
//!     fn raw(_: &'static u8) {}
//!     unsafe fn back<'x>(_: ()) -> &'static u8 { todo!() }
//! }
//! ```
//! nor what is lent for a resume,
//! ```compile_fail,E0451
//! # use coroutine_runtime::__private::*;
//! let lend = Lend::<'static, ()> { raw: (), _lent: std::marker::PhantomData };
//! ```
//! and a call does not give its frame.
//! ```compile_fail,E0616
//! # use coroutine_runtime::prelude::*;
//! let frame = yield_::<u8, u8>(1).child;
//! ```
//! A frame is not moved while it may be pinned.
//! ```compile_fail,E0277
//! # use coroutine_runtime::prelude::*;
//! # #[durable] async fn rings(mut list: Vec<u8>) { std::future::ready(()).await; list.push(1); }
//! let mut call = rings(vec![]);
//! std::pin::Pin::new(&mut call);
//! ```
//! A step borrows nothing that is gone when it is polled again.
//! ```compile_fail
//! # use coroutine_runtime::prelude::*;
//! # async fn show(text: &str) {}
//! #[durable]
//! async fn shows(n: u8) {
//!     let view = { let text = n.to_string(); text.as_str() };
//!     show(view).await;
//! }
//! ```
//! What waits for a yield with other types says so.
//! ```compile_fail,E0277
//! # use coroutine_runtime::prelude::*;
//! #[durable(yield = u8)] async fn counts() { yield_(1).await; }
//! #[durable] async fn awaits() { counts().await; }
//! ```

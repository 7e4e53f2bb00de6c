//! The macros. In: branches; out: an await of them all.

/// Branches beside each other: what `join!` and the others become, without the await.
#[doc(hidden)]
#[macro_export]
macro_rules! __together {
    // (A `match`, not a block: temporaries of the branches live as long as those of any call that is awaited.)
    ($way:ident $($kept:ident)?; $($branch:expr),+ $(,)?) => {
        match ($(match $branch { it => {
            use $crate::__private::picks::*;
            let keep = $crate::__together!(@ $way it);
            (&&&&$crate::__private::of(&it)).__durable_branch().branch(it, keep)
        } },)+) {
            it => {
                use $crate::__private::picks::*;
                let together = (&&$crate::__private::of(&it)).__durable_together();
                $($crate::__together!(@ $kept together it);)?
                together.together($crate::__private::ways::$way, it)
            }
        }
    };
    (@ wanted $($kept:ident)?; $(($branch:expr, $wanted:expr, $accepts:expr)),+ $(,)?) => {
        match ($(match $branch { it => {
            use $crate::__private::picks::*;
            (&&&&$crate::__private::of(&it)).__durable_branch().guarded(it, $wanted, $accepts, $crate::__private::REFUSED)
        } },)+) {
            it => {
                use $crate::__private::picks::*;
                let together = (&&$crate::__private::of(&it)).__durable_together();
                $($crate::__together!(@ $kept together it);)?
                together.together($crate::__private::ways::SelectWanted, it)
            }
        }
    };
    (@ kept $together:ident $it:ident) => { (&$together).keeps(&$it) };
    (@ All $it:ident) => { (&&&&&$crate::__private::of_output(&$it)).__durable_keep() };
    (@ Try $it:ident) => { (&&&&&$crate::__private::of_output(&$it)).__durable_keep() };
    (@ Select $it:ident) => { $crate::__private::UNKEPT };
    (@ Race $it:ident) => { $crate::__private::UNKEPT };
}

/// Awaits two to six branches beside each other, and gives what all of them gave, as a tuple.
///
/// A branch is a call of a coroutine or any other future. In a `#[durable]` function the frames of those that are coroutines are kept
/// inside the function's own, and each goes on from where it is after a restore; what a branch gave is kept until the others have come
/// to their end. `tokio::join!` and `futures::join!` are compiled to the same.
///
/// ```
/// use coroutine_runtime::{join, prelude::*};
///
/// #[durable(yield = String, resume = u32)]
/// async fn asks(what: &str) -> u32 {
///     yield_(format!("how many {what}?")).await
/// }
///
/// #[durable(yield = String, resume = u32)]
/// async fn order() -> u32 {
///     let (tea, cups) = join!(asks("tea"), asks("cups"));
///     tea + cups
/// }
///
/// let mut coroutine = order().start();
/// assert_eq!(coroutine.resume(0)?, Resumed::Yielded("how many tea?".into()));
/// let bytes = coroutine.snapshot()?;
/// let mut coroutine = restore(order, &bytes)?;
/// assert_eq!(coroutine.resume(2)?, Resumed::Yielded("how many cups?".into())); // one question at a time
/// assert_eq!(coroutine.resume(3)?, Resumed::Complete(5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Steps.** A driver that stores the coroutine before each step ([`run_with`](crate::Coroutine::run_with),
/// [`advance`](crate::Coroutine::advance)) is told once for all branches, when each has come to its next step or waits, and none is
/// under way: no more than one step of each branch is done again after a crash. So a branch with many short steps waits for another's
/// long one; a driver that does not store lets each go on by itself. A branch that is no coroutine is one step, that begins with all
/// the others; it cannot be stored until it has landed. If all branches are steps, so is the whole.
///
/// **Yields** go out one at a time; the branches take turns. While one waits for its answer, steps of other branches may be under way, and
/// the coroutine cannot be stored until they have landed: see [`settle`](crate::Coroutine::settle).
///
/// A call that recurses is boxed in a coroutine of its own, and so is a `yield_` alone.
///
/// A branch that is an `async` block borrows what the function goes on to use; what only the block uses moves into it.
#[macro_export]
macro_rules! join {
    ($($branch:expr),+ $(,)?) => { $crate::__together!(All; $($branch),+).await };
}

/// As [`join!`], for branches that give a `Result`: the first error ends it all, and the other branches are dropped where they are.
///
/// ```
/// use coroutine_runtime::{prelude::*, try_join};
///
/// #[durable]
/// async fn price(of: String) -> Result<u32, String> {
///     let known = std::future::ready(of.len() as u32).await;
///     if known > 4 { Err(format!("no price for {of}")) } else { Ok(known) }
/// }
///
/// #[durable]
/// async fn total(a: String, b: String) -> Result<u32, String> {
///     let (a, b) = try_join!(price(a), price(b))?;
///     Ok(a + b)
/// }
///
/// assert_eq!(total("tea".into(), "cups".into()).start().run()?, Ok(7));
/// assert_eq!(total("tea".into(), "kettle".into()).start().run()?, Err("no price for kettle".into()));
/// # Ok::<(), coroutine_runtime::ResumeError>(())
/// ```
#[macro_export]
macro_rules! try_join {
    ($($branch:expr),+ $(,)?) => { $crate::__together!(Try; $($branch),+).await };
}

/// Awaits two to six branches beside each other, and gives what the first gave that came to its end. The others are dropped where they
/// are. All give the same type; for others there is [`select!`](macro@crate::select).
///
/// ```
/// use coroutine_runtime::{prelude::*, race};
///
/// #[durable(yield = &'static str, resume = bool)]
/// async fn asks(whom: &'static str) -> &'static str {
///     while !yield_(whom).await {}
///     whom
/// }
///
/// #[durable(yield = &'static str, resume = bool)]
/// async fn first() -> &'static str {
///     race!(asks("Ada"), asks("Bob"))
/// }
///
/// let mut coroutine = first().start();
/// assert_eq!(coroutine.resume(false)?, Resumed::Yielded("Ada"));
/// assert_eq!(coroutine.resume(false)?, Resumed::Yielded("Bob"));
/// let mut coroutine = restore(first, &coroutine.snapshot()?)?;
/// assert_eq!(coroutine.resume(true)?, Resumed::Complete("Bob"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! race {
    ($($branch:expr),+ $(,)?) => { $crate::__together!(Race; $($branch),+).await };
}

/// Awaits two to six branches beside each other, drops all but the first that comes to its end, and then runs its handler.
///
/// Written as tokio's, which is compiled to the same: `pattern = branch => handler`. The handlers stand in the function itself: they
/// may await, `return`, `break` and use `?`. Branches are polled in their order, as with `biased;`.
///
/// A branch whose value its pattern does not match is out, and the others go on: `Some(order) = next(&queue) => ..`; so is one from the start
/// whose condition is false: `order = next(&queue), if open => ..`. When all are out, `else => ..` is what it gives; it panics if there is
/// none.
///
/// ```
/// use coroutine_runtime::{prelude::*, select};
///
/// #[durable(yield = &'static str, resume = u32)]
/// async fn asks(whom: &'static str) -> u32 {
///     yield_(whom).await
/// }
///
/// #[durable(yield = &'static str, resume = u32)]
/// async fn decides() -> Option<u32> {
///     select! {
///         price = asks("what does it cost?") => Some(price),
///         _ = std::future::ready(()) => return None,
///     }
/// }
///
/// assert_eq!(decides().start().resume(0)?, Resumed::Complete(None));
/// # Ok::<(), coroutine_runtime::ResumeError>(())
/// ```
#[macro_export]
macro_rules! select {
    (biased; $($rest:tt)+) => { $crate::select!($($rest)+) };
    ($($rest:tt)+) => { $crate::__select!([] $($rest)+) };
}

/// Awaits a coroutine or another future, but not for longer than a time: `Ok` with what it gave, or [`Elapsed`](crate::Elapsed). Then it
/// is dropped where it is.
///
/// The moment when the time is over is stored with the coroutine; see [`sleep`](crate::sleep).
///
/// ```
/// use coroutine_runtime::{Elapsed, prelude::*, timeout};
/// use std::time::Duration;
///
/// #[durable(yield = &'static str, resume = u32)]
/// async fn asks() -> u32 {
///     yield_("how many?").await
/// }
///
/// #[durable(yield = &'static str, resume = u32)]
/// async fn patient(limit: Duration) -> Result<u32, Elapsed> {
///     timeout!(limit, asks())
/// }
///
/// let mut coroutine = patient(Duration::from_secs(86_400)).start();
/// assert_eq!(coroutine.resume(0)?, Resumed::Yielded("how many?"));
/// let mut coroutine = restore(patient, &coroutine.snapshot()?)?;
/// assert_eq!(coroutine.resume(5)?, Resumed::Complete(Ok(5)));
///
/// let mut coroutine = patient(Duration::ZERO).start();
/// assert_eq!(coroutine.resume(0)?, Resumed::Complete(Err(Elapsed)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! timeout {
    ($limit:expr, $branch:expr $(,)?) => {
        match $crate::__together!(Select; $branch, $crate::sleep($limit)).await {
            $crate::__private::OneOf2::Branch0(value) => ::core::result::Result::Ok(value),
            $crate::__private::OneOf2::Branch1(()) => ::core::result::Result::Err($crate::Elapsed),
        }
    };
}

/// Awaits what gives a `Result`, again and again until it is `Ok`, with a sleep before each further try.
///
/// The first argument gives the times to wait: any iterator over [`Duration`](std::time::Duration)s that can be stored; when it has ended,
/// the last error is given. It is a variable of the coroutine, so the tries that were made are counted across restarts. The second is
/// evaluated anew for each try.
///
/// ```
/// use coroutine_runtime::{prelude::*, retry};
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::time::Duration;
///
/// #[derive(Default)]
/// struct Bank(AtomicU32);
/// impl Bank {
///     async fn pay(&self, amount: u32) -> Result<u32, String> {
///         match self.0.fetch_add(1, Ordering::Relaxed) {
///             0..2 => Err("the bank is closed".into()),
///             _ => Ok(amount),
///         }
///     }
/// }
///
/// #[durable]
/// async fn pays(bank: &Bank, amount: u32) -> Result<u32, String> {
///     let waits = vec![Duration::from_millis(1), Duration::from_millis(10)];
///     retry!(waits.into_iter(), bank.pay(amount))
/// }
///
/// assert_eq!(pays(&Bank::default(), 7).start().run()?, Ok(7));
/// # Ok::<(), coroutine_runtime::ResumeError>(())
/// ```
#[macro_export]
macro_rules! retry {
    ($waits:expr, $step:expr $(,)?) => {{
        let mut waits = $waits;
        loop {
            match $step.await {
                ::core::result::Result::Ok(value) => break ::core::result::Result::Ok(value),
                ::core::result::Result::Err(error) => match ::core::iter::Iterator::next(&mut waits) {
                    ::core::option::Option::Some(wait) => {
                        ::core::mem::drop(error);
                        $crate::sleep(wait).await
                    }
                    ::core::option::Option::None => break ::core::result::Result::Err(error),
                },
            }
        }
    }};
}

/// The arms of `select!`, one by one.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    ([$($arms:tt)*] else => $handler:expr $(,)?) => {
        $crate::__select!(@ [$($arms)*] $handler)
    };
    ([$($arms:tt)*] $pat:pat = $branch:expr, if $wanted:expr => $handler:block, $($rest:tt)*) => {
        $crate::__select!([$($arms)* ($pat, $branch, $wanted, $handler)] $($rest)*)
    };
    ([$($arms:tt)*] $pat:pat = $branch:expr, if $wanted:expr => $handler:block $($rest:tt)*) => {
        $crate::__select!([$($arms)* ($pat, $branch, $wanted, $handler)] $($rest)*)
    };
    ([$($arms:tt)*] $pat:pat = $branch:expr, if $wanted:expr => $handler:expr, $($rest:tt)*) => {
        $crate::__select!([$($arms)* ($pat, $branch, $wanted, $handler)] $($rest)*)
    };
    ([$($arms:tt)*] $pat:pat = $branch:expr, if $wanted:expr => $handler:expr) => {
        $crate::__select!([$($arms)* ($pat, $branch, $wanted, $handler)])
    };
    ([$($arms:tt)*] $pat:pat = $branch:expr => $handler:block, $($rest:tt)*) => {
        $crate::__select!([$($arms)* ($pat, $branch, true, $handler)] $($rest)*)
    };
    ([$($arms:tt)*] $pat:pat = $branch:expr => $handler:block $($rest:tt)*) => {
        $crate::__select!([$($arms)* ($pat, $branch, true, $handler)] $($rest)*)
    };
    ([$($arms:tt)*] $pat:pat = $branch:expr => $handler:expr, $($rest:tt)*) => {
        $crate::__select!([$($arms)* ($pat, $branch, true, $handler)] $($rest)*)
    };
    ([$($arms:tt)*] $pat:pat = $branch:expr => $handler:expr) => {
        $crate::__select!([$($arms)* ($pat, $branch, true, $handler)])
    };
    ([$($arms:tt)*]) => {
        $crate::__select!(@ [$($arms)*] $crate::__private::none_wanted())
    };
    (@ [($ap:pat, $a:expr, $aw:expr, $ah:expr) ($bp:pat, $b:expr, $bw:expr, $bh:expr)] $none:expr) => {
        match [$aw, $bw] {
            wanted => match $crate::__together!(@ wanted; ($a, wanted[0], $crate::__select!(# $ap)), ($b, wanted[1], $crate::__select!(# $bp))).await {
                ::core::option::Option::Some($crate::__private::OneOf2::Branch0($ap)) => $ah,
                ::core::option::Option::Some($crate::__private::OneOf2::Branch1($bp)) => $bh,
                _ => $none,
            },
        }
    };
    (@ [($ap:pat, $a:expr, $aw:expr, $ah:expr) ($bp:pat, $b:expr, $bw:expr, $bh:expr) ($cp:pat, $c:expr, $cw:expr, $ch:expr)] $none:expr) => {
        match [$aw, $bw, $cw] {
            wanted => match $crate::__together!(@ wanted; ($a, wanted[0], $crate::__select!(# $ap)), ($b, wanted[1], $crate::__select!(# $bp)), ($c, wanted[2], $crate::__select!(# $cp))).await {
                ::core::option::Option::Some($crate::__private::OneOf3::Branch0($ap)) => $ah,
                ::core::option::Option::Some($crate::__private::OneOf3::Branch1($bp)) => $bh,
                ::core::option::Option::Some($crate::__private::OneOf3::Branch2($cp)) => $ch,
                _ => $none,
            },
        }
    };
    (@ [($ap:pat, $a:expr, $aw:expr, $ah:expr) ($bp:pat, $b:expr, $bw:expr, $bh:expr) ($cp:pat, $c:expr, $cw:expr, $ch:expr) ($dp:pat, $d:expr, $dw:expr, $dh:expr)] $none:expr) => {
        match [$aw, $bw, $cw, $dw] {
            wanted => match $crate::__together!(@ wanted; ($a, wanted[0], $crate::__select!(# $ap)), ($b, wanted[1], $crate::__select!(# $bp)), ($c, wanted[2], $crate::__select!(# $cp)), ($d, wanted[3], $crate::__select!(# $dp))).await {
                ::core::option::Option::Some($crate::__private::OneOf4::Branch0($ap)) => $ah,
                ::core::option::Option::Some($crate::__private::OneOf4::Branch1($bp)) => $bh,
                ::core::option::Option::Some($crate::__private::OneOf4::Branch2($cp)) => $ch,
                ::core::option::Option::Some($crate::__private::OneOf4::Branch3($dp)) => $dh,
                _ => $none,
            },
        }
    };
    (@ [($ap:pat, $a:expr, $aw:expr, $ah:expr) ($bp:pat, $b:expr, $bw:expr, $bh:expr) ($cp:pat, $c:expr, $cw:expr, $ch:expr) ($dp:pat, $d:expr, $dw:expr, $dh:expr) ($ep:pat, $e:expr, $ew:expr, $eh:expr)] $none:expr) => {
        match [$aw, $bw, $cw, $dw, $ew] {
            wanted => match $crate::__together!(@ wanted; ($a, wanted[0], $crate::__select!(# $ap)), ($b, wanted[1], $crate::__select!(# $bp)), ($c, wanted[2], $crate::__select!(# $cp)), ($d, wanted[3], $crate::__select!(# $dp)), ($e, wanted[4], $crate::__select!(# $ep))).await {
                ::core::option::Option::Some($crate::__private::OneOf5::Branch0($ap)) => $ah,
                ::core::option::Option::Some($crate::__private::OneOf5::Branch1($bp)) => $bh,
                ::core::option::Option::Some($crate::__private::OneOf5::Branch2($cp)) => $ch,
                ::core::option::Option::Some($crate::__private::OneOf5::Branch3($dp)) => $dh,
                ::core::option::Option::Some($crate::__private::OneOf5::Branch4($ep)) => $eh,
                _ => $none,
            },
        }
    };
    (@ [($ap:pat, $a:expr, $aw:expr, $ah:expr) ($bp:pat, $b:expr, $bw:expr, $bh:expr) ($cp:pat, $c:expr, $cw:expr, $ch:expr) ($dp:pat, $d:expr, $dw:expr, $dh:expr) ($ep:pat, $e:expr, $ew:expr, $eh:expr) ($fp:pat, $f:expr, $fw:expr, $fh:expr)] $none:expr) => {
        match [$aw, $bw, $cw, $dw, $ew, $fw] {
            wanted => match $crate::__together!(@ wanted; ($a, wanted[0], $crate::__select!(# $ap)), ($b, wanted[1], $crate::__select!(# $bp)), ($c, wanted[2], $crate::__select!(# $cp)), ($d, wanted[3], $crate::__select!(# $dp)), ($e, wanted[4], $crate::__select!(# $ep)), ($f, wanted[5], $crate::__select!(# $fp))).await {
                ::core::option::Option::Some($crate::__private::OneOf6::Branch0($ap)) => $ah,
                ::core::option::Option::Some($crate::__private::OneOf6::Branch1($bp)) => $bh,
                ::core::option::Option::Some($crate::__private::OneOf6::Branch2($cp)) => $ch,
                ::core::option::Option::Some($crate::__private::OneOf6::Branch3($dp)) => $dh,
                ::core::option::Option::Some($crate::__private::OneOf6::Branch4($ep)) => $eh,
                ::core::option::Option::Some($crate::__private::OneOf6::Branch5($fp)) => $fh,
                _ => $none,
            },
        }
    };
    (# $pat:pat) => {
        |value| {
            #[allow(unused_variables, unused_mut, irrefutable_let_patterns, clippy::all)]
            let wanted = if let $pat = value { true } else { false };
            wanted
        }
    };
}

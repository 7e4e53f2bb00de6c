//! When branches beside each other are over, and what they give. In: what has landed so far; out: the whole's value.
use crate::Elapsed;
use crate::frame::slots::{empty, take};
use crate::snapshot::{Info, State};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

/// What ends branches beside each other; `D` is what has landed of them, a tuple of options.
pub trait Combines<D>: Send + 'static {
    /// What they give together.
    type Return;
    /// What a snapshot says of them.
    const INFO: &'static Info;
    /// Whether it is over.
    fn is_over(landed: &D) -> bool;
    /// What they give, once it is over.
    fn finish(landed: &mut D) -> Self::Return;
}

/// Over when all have landed.
pub struct Joined(Infallible);
/// Over when all have landed, or one with an error.
pub struct Tried(Infallible);
/// Over when one has landed: gives which.
pub struct First(Infallible);
/// Over when one has landed with a value: gives which; or all without.
pub struct FirstWanted(Infallible);
/// Over when one has landed; all give the same type.
pub struct Raced(Infallible);

/// Over when the first has landed, or the second, which is a sleep.
pub struct Timed(Infallible);
impl<T: 'static> Combines<(Option<T>, Option<()>)> for Timed {
    type Return = Result<T, Elapsed>;
    const INFO: &'static Info = &info("timeout");
    fn is_over(landed: &(Option<T>, Option<()>)) -> bool {
        landed.0.is_some() || landed.1.is_some()
    }
    fn finish(landed: &mut (Option<T>, Option<()>)) -> Self::Return {
        landed.0.take().ok_or(Elapsed)
    }
}

const fn info(name: &'static str) -> Info {
    Info {
        name,
        file: "",
        states: &[State { label: "Waits", line: 0, live: &[0, 1, 2, 3, 4, 5, 6], held: &[] }],
        slots: &["turns", "0", "1", "2", "3", "4", "5"],
    }
}

// (They can be stored: `_ = branch => handler` leaves what the branch gave in its place while the handler runs.)
/// Which of 2 branches was first, and what it gave.
#[derive(Serialize, Deserialize)]
pub enum OneOf2<A, B> {
    /// Branch 0.
    Branch0(A),
    /// Branch 1.
    Branch1(B),
}
/// Which of 3 branches was first, and what it gave.
#[derive(Serialize, Deserialize)]
pub enum OneOf3<A, B, C> {
    /// Branch 0.
    Branch0(A),
    /// Branch 1.
    Branch1(B),
    /// Branch 2.
    Branch2(C),
}
/// Which of 4 branches was first, and what it gave.
#[derive(Serialize, Deserialize)]
pub enum OneOf4<A, B, C, D> {
    /// Branch 0.
    Branch0(A),
    /// Branch 1.
    Branch1(B),
    /// Branch 2.
    Branch2(C),
    /// Branch 3.
    Branch3(D),
}
/// Which of 5 branches was first, and what it gave.
#[derive(Serialize, Deserialize)]
pub enum OneOf5<A, B, C, D, E> {
    /// Branch 0.
    Branch0(A),
    /// Branch 1.
    Branch1(B),
    /// Branch 2.
    Branch2(C),
    /// Branch 3.
    Branch3(D),
    /// Branch 4.
    Branch4(E),
}
/// Which of 6 branches was first, and what it gave.
#[derive(Serialize, Deserialize)]
pub enum OneOf6<A, B, C, D, E, F> {
    /// Branch 0.
    Branch0(A),
    /// Branch 1.
    Branch1(B),
    /// Branch 2.
    Branch2(C),
    /// Branch 3.
    Branch3(D),
    /// Branch 4.
    Branch4(E),
    /// Branch 5.
    Branch5(F),
}

macro_rules! combines { ($($one_of:ident ($($t:ident $n:tt $branch:ident),*);)*) => { $(
    impl<$($t: 'static),*> Combines<($(Option<$t>,)*)> for Joined {
        type Return = ($($t,)*);
        const INFO: &'static Info = &info("join");
        fn is_over(landed: &($(Option<$t>,)*)) -> bool {
            $(landed.$n.is_some())&&*
        }
        fn finish(landed: &mut ($(Option<$t>,)*)) -> Self::Return {
            ($(take(&mut landed.$n),)*)
        }
    }
    impl<$($t: 'static,)* Err: 'static> Combines<($(Option<Result<$t, Err>>,)*)> for Tried {
        type Return = Result<($($t,)*), Err>;
        const INFO: &'static Info = &info("try_join");
        fn is_over(landed: &($(Option<Result<$t, Err>>,)*)) -> bool {
            $(matches!(landed.$n, Some(Err(_))))||* || $(landed.$n.is_some())&&*
        }
        fn finish(landed: &mut ($(Option<Result<$t, Err>>,)*)) -> Self::Return {
            $(if let Some(Err(error)) = landed.$n.take_if(|landed| landed.is_err()) {
                return Err(error);
            })*
            Ok(($(take(&mut landed.$n)?,)*))
        }
    }
    impl<$($t: 'static),*> Combines<($(Option<$t>,)*)> for First {
        type Return = $one_of<$($t),*>;
        const INFO: &'static Info = &info("select");
        fn is_over(landed: &($(Option<$t>,)*)) -> bool {
            $(landed.$n.is_some())||*
        }
        fn finish(landed: &mut ($(Option<$t>,)*)) -> Self::Return {
            $(if let Some(value) = landed.$n.take() {
                return $one_of::$branch(value);
            })*
            empty()
        }
    }
    impl<$($t: 'static),*> Combines<($(Option<Option<$t>>,)*)> for FirstWanted {
        type Return = Option<$one_of<$($t),*>>;
        const INFO: &'static Info = &info("select");
        fn is_over(landed: &($(Option<Option<$t>>,)*)) -> bool {
            $(matches!(landed.$n, Some(Some(_))))||* || $(landed.$n.is_some())&&*
        }
        fn finish(landed: &mut ($(Option<Option<$t>>,)*)) -> Self::Return {
            $(if let Some(value) = landed.$n.take().flatten() {
                return Some($one_of::$branch(value));
            })*
            None
        }
    }
)* } }
combines! {
    OneOf2 (A 0 Branch0, B 1 Branch1);
    OneOf3 (A 0 Branch0, B 1 Branch1, C 2 Branch2);
    OneOf4 (A 0 Branch0, B 1 Branch1, C 2 Branch2, D 3 Branch3);
    OneOf5 (A 0 Branch0, B 1 Branch1, C 2 Branch2, D 3 Branch3, E 4 Branch4);
    OneOf6 (A 0 Branch0, B 1 Branch1, C 2 Branch2, D 3 Branch3, E 4 Branch4, F 5 Branch5);
}

macro_rules! raced { ($(($($n:tt),*);)*) => { $(
    impl<T: 'static> Combines<($(raced!(@ T $n),)*)> for Raced {
        type Return = T;
        const INFO: &'static Info = &info("race");
        fn is_over(landed: &($(raced!(@ T $n),)*)) -> bool {
            $(landed.$n.is_some())||*
        }
        fn finish(landed: &mut ($(raced!(@ T $n),)*)) -> T {
            $(if let Some(value) = landed.$n.take() {
                return value;
            })*
            empty()
        }
    }
)* };
    (@ $t:ident $n:tt) => { Option<$t> };
}
raced! {
    (0, 1);
    (0, 1, 2);
    (0, 1, 2, 3);
    (0, 1, 2, 3, 4);
    (0, 1, 2, 3, 4, 5);
}

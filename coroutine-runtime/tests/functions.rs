//! Functions named by themselves, whatever the order of their parameters.
#![allow(missing_docs, clippy::unwrap_used, clippy::too_many_arguments)]
use coroutine_runtime::prelude::*;
use coroutine_runtime::{Function, Mut, Ref};
use std::marker::PhantomData;

/// (Parameters as tokens: the attribute reads them as they are written.)
macro_rules! functions { ($($name:ident [$($parameter:ident)*] ($($parameters:tt)*);)*) => { $(
    #[durable(yield = u64, resume = u64)]
    async fn $name($($parameters)*) -> String {
        let got = yield_(1).await;
        [got.to_string(), $( format!("{:?}", $parameter) ),*].concat()
    }
)* } }
functions! {
    none [] ();
    one [a] (a: u8);
    shared [a] (a: &str);
    unique [a] (a: &mut Vec<u8>);
    last [a b c] (a: u8, b: String, c: &str);
    between [a b c d e] (a: u8, b: &str, c: String, d: &mut Vec<u8>, e: Vec<u64>);
    five [a b c d e] (a: &mut Vec<u8>, b: u8, c: &[u8], d: u16, e: &str);
    values [a b c d e] (a: u8, b: u16, c: u32, d: u64, e: String);
    seven [a b c d e f g] (a: &str, b: &mut Vec<u8>, c: u8, d: u16, e: u32, f: u64, g: String);
    eight [a b c d e f g h] (a: &str, b: &mut [u8], c: u64, d: u16, e: u32, f: u64, g: String, h: ());
}

struct Service(String);
impl Service {
    #[durable(yield = u64, resume = u64)]
    async fn serve(&self, more: &mut Vec<u8>, n: u64) -> usize {
        let got = yield_(n).await;
        more.push(1);
        self.0.len() + more.len() + got as usize
    }
}

fn types_of<F: Function<M>, M>(_: F) -> PhantomData<(F::Args, F::Lent)> {
    PhantomData
}

#[test]
fn parameters_by_how_they_come() {
    let _: PhantomData<((), ())> = types_of(none);
    let _: PhantomData<((u8,), ())> = types_of(one);
    let _: PhantomData<((), (Ref<str>,))> = types_of(shared);
    let _: PhantomData<((), (Mut<Vec<u8>>,))> = types_of(unique);
    let _: PhantomData<((u8, String), (Ref<str>,))> = types_of(last);
    let _: PhantomData<((u8, String, Vec<u64>), (Ref<str>, Mut<Vec<u8>>))> = types_of(between);
    let _: PhantomData<((u8, u16), (Mut<Vec<u8>>, Ref<[u8]>, Ref<str>))> = types_of(five);
    let _: PhantomData<((u8, u16, u32, u64, String), ())> = types_of(values);
    let _: PhantomData<((u8, u16, u32, u64, String), (Ref<str>, Mut<Vec<u8>>))> = types_of(seven);
    let _: PhantomData<((u64, u16, u32, u64, String, ()), (Ref<str>, Mut<[u8]>))> = types_of(eight);
    let _: PhantomData<((u64,), (Ref<Service>, Mut<Vec<u8>>))> = types_of(Service::serve);
}

/// Through bytes while it waits, then to its end, lent another world.
macro_rules! again { ($call:expr, $function:path, ($($lent:expr),*)) => {{
    let mut coroutine = $call.start();
    coroutine.resume(0).unwrap();
    let bytes = coroutine.snapshot().unwrap();
    drop(coroutine);
    match restore_with($function, ($($lent,)*), &bytes).unwrap().resume(7).unwrap() {
        Resumed::Complete(all) => all,
        Resumed::Yielded(_) => unreachable!(),
    }
}} }

#[test]
fn restored_by_name() {
    let list = &mut vec![1, 2];
    assert_eq!(again!(none(), none, ()), "7");
    assert_eq!(again!(one(1), one, ()), "71");
    assert_eq!(again!(shared("a"), shared, ("b")), "7\"b\"");
    assert_eq!(again!(unique(list), unique, (&mut vec![3])), "7[3]");
    assert_eq!(again!(last(1, "x".into(), "y"), last, ("z")), "71\"x\"\"z\"");
    assert_eq!(again!(between(1, "x", "y".into(), list, vec![9]), between, ("z", &mut vec![5])), "71\"z\"\"y\"[5][9]");
    assert_eq!(again!(five(list, 1, &[2], 3, "e"), five, (&mut vec![8], &[9], "f")), "7[8]1[9]3\"f\"");
    assert_eq!(again!(values(1, 2, 3, 4, "e".into()), values, ()), "71234\"e\"");
    assert_eq!(again!(seven("a", list, 1, 2, 3, 4, "e".into()), seven, ("b", &mut vec![])), "7\"b\"[]1234\"e\"");
    assert_eq!(again!(eight("a", list, 1, 2, 3, 4, "e".into(), ()), eight, ("b", &mut [6])), "7\"b\"[6]1234\"e\"()");
    let service = Service("four".into());
    assert_eq!(again!(service.serve(list, 1), Service::serve, (&Service("x".into()), &mut vec![])), 9);
    let bytes = {
        let mut coroutine = one(4).start();
        coroutine.resume(0).unwrap();
        coroutine.snapshot().unwrap()
    };
    assert_eq!(restore(one, &bytes).unwrap().resume(1), Ok(Resumed::Complete("14".into())));
}

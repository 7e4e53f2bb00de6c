//! Every kind of receiver.
#![deny(warnings)]
#![forbid(unsafe_code)]
use coroutine_runtime::prelude::*;

use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Account {
    balance: u64,
}

impl Account {
    const FEE: u64 = 1;

    #[durable(yield = u64, resume = u64)]
    async fn open(start: u64) -> Self {
        Self { balance: yield_(start).await - Self::FEE }
    }

    #[durable(yield = u64, resume = u64)]
    async fn shown(&self) -> u64 {
        yield_(self.balance).await + self.balance
    }

    #[durable(yield = u64, resume = u64)]
    async fn raised(&mut self, by: u64) {
        self.balance += by;
        self.balance += yield_(self.balance).await;
    }

    #[durable(yield = u64, resume = u64)]
    async fn closed(self) -> u64 {
        yield_(self.balance).await + self.balance
    }

    #[durable(yield = u64, resume = u64)]
    async fn changed(mut self, by: u64) -> Self {
        self.raised(by).await;
        self
    }

    #[durable(yield = u64, resume = u64)]
    async fn shared(self: Arc<Self>) -> u64 {
        yield_(self.balance).await + self.shown().await
    }

    #[durable(yield = u64, resume = u64)]
    async fn boxed(self: Box<Self>) -> u64 {
        yield_(self.balance).await
    }
}

fn drive<M: Frame<Port = coroutine_runtime::Yields<u64, u64>>>(mut coroutine: Coroutine<'_, M>) -> M::Return {
    let mut input = 0;
    loop {
        match coroutine.resume(input).unwrap() {
            Resumed::Yielded(value) => input = value * 10,
            Resumed::Complete(result) => return result,
        }
    }
}

fn main() {
    let mut account = drive(Account::open(5).start());
    assert_eq!(account, Account { balance: 49 });
    assert_eq!(drive(account.shown().start()), 539);
    drive(account.raised(1).start());
    assert_eq!(account.balance, 550);
    assert_eq!(drive(account.clone().closed().start()), 6050);
    assert_eq!(drive(account.clone().changed(0).start()).balance, 6050);
    assert_eq!(drive(Arc::new(account.clone()).shared().start()), 11550);
    assert_eq!(drive(Box::new(account).boxed().start()), 5500);
}

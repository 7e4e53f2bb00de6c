//! Methods and associated functions.
use crate::harness::*;
use coroutine_runtime::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::sync::Arc;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub owner: String,
    pub balance: u64,
    pub history: Vec<u64>,
    pub limits: Point,
}

impl Account {
    /// The most an account may hold.
    const MOST: u64 = 5_000;

    pub fn new(owner: &str, balance: u64) -> Self {
        Account { owner: owner.to_owned(), balance, ..Self::default() }
    }
    fn fee(&self) -> u64 {
        self.owner.len() as u64
    }
    fn note(&mut self, n: u64) {
        self.history.push(n);
    }
    async fn audit(&self, by: &str) -> Result<u64, String> {
        log(format!("audit {} by {by}", self.owner));
        later().await;
        if self.balance > Self::MOST { Err(format!("{} has too much", self.owner)) } else { Ok(self.balance) }
    }
    async fn book(&mut self, n: u64) -> u64 {
        log(format!("book {n}"));
        self.balance += n;
        later().await;
        self.history.push(n);
        self.balance
    }

    #[durable(yield = u64, resume = u64, twin = reads_twin)]
    pub async fn reads(&self, n: u64) -> u64 {
        let fee = self.fee();
        let got = yield_(self.balance + n).await;
        got + fee + self.fee() + self.history.len() as u64
    }

    #[durable(yield = u64, resume = u64, twin = deposit_twin)]
    pub async fn deposit(&mut self, n: u64) -> Result<u64, String> {
        self.balance += n;
        self.note(n);
        let bonus = yield_(self.balance).await;
        self.book(bonus % 7).await;
        let now = self.audit("deposit").await?;
        self.limits.x = yield_(now).await;
        Ok(self.balance + self.limits.x)
    }

    #[durable(yield = u64, resume = u64, twin = close_twin)]
    pub async fn close(self, into: &mut Account) -> String {
        let rest = yield_(self.balance).await;
        into.balance += self.balance;
        into.note(rest);
        tick().await;
        self.owner
    }

    #[durable(yield = u64, resume = u64, twin = renamed_twin)]
    pub async fn renamed(mut self, name: String) -> Self {
        self.owner = name;
        self.balance += yield_(self.balance).await;
        self.note(1);
        count_history(&mut self.history).await;
        Self { limits: Point { x: yield_(2).await, y: Self::MOST }, ..self }
    }

    #[durable(yield = u64, resume = u64, twin = open_twin)]
    pub async fn open(owner: String, start: u64) -> Result<Self, String> {
        let mut new = Self::new(&owner, start);
        new.balance += yield_(start).await;
        if new.balance > Self::MOST {
            return Err(owner);
        }
        new.deposit(1).await?;
        Ok(new)
    }

    #[durable(yield = u64, resume = u64, twin = transfer_twin)]
    pub async fn transfer(&mut self, to: &mut Self, n: u64) -> Result<(), String> {
        if n > self.balance {
            return Err(format!("{} has {} of {n}", self.owner, self.balance));
        }
        self.balance -= n;
        yield_(self.balance).await;
        to.deposit(n).await?;
        self.deposit(0).await?;
        let after = self.reads(to.balance).await;
        self.note(after);
        Ok(())
    }

    #[durable(yield = u64, resume = u64, twin = by_self_twin)]
    pub async fn by_self(&self, depth: u64) -> u64 {
        if depth == 0 {
            return Self::helper(self.balance).await;
        }
        let below = Box::pin(self.by_self(depth - 1)).await;
        below + Box::pin(Self::by_self(self, depth - 1)).await + self.fee()
    }

    #[durable(yield = u64, resume = u64)]
    async fn helper(n: u64) -> u64 {
        yield_(n % 10).await
    }

    #[durable(yield = u64, resume = u64, twin = fields_lent_twin)]
    pub async fn fields_lent(&mut self) -> u64 {
        pushed(&mut self.history, self.balance).await;
        pushed(&mut self.history, self.limits.y).await;
        self.balance += raised(&mut self.limits, &self.owner).await;
        for n in self.history.clone() {
            self.balance += n;
            yield_(self.balance).await;
        }
        self.balance
    }

    #[durable(yield = u64, resume = u64, twin = in_closures_twin)]
    pub async fn in_closures(&self, list: Vec<u64>) -> Vec<u64> {
        let times = |n: u64| n * self.balance;
        let first: Vec<u64> = list.iter().map(|n| times(*n) + self.fee()).collect();
        yield_(first.len() as u64).await;
        let this = self;
        let second: Vec<u64> = list.into_iter().filter(|n| *n < this.balance).collect();
        yield_(second.len() as u64).await;
        [first, second].concat()
    }

    #[durable(yield = u64, resume = u64, twin = shared_twin)]
    pub async fn shared(self: Arc<Self>, n: u64) -> u64 {
        let other = Arc::clone(&self);
        let got = yield_(self.balance + n).await;
        tick().await;
        got + other.fee() + self.balance
    }

    #[durable(yield = u64, resume = u64, twin = boxed_twin)]
    pub async fn boxed(mut self: Box<Self>, n: u64) -> Box<Self> {
        self.balance += yield_(n).await;
        self.note(n);
        yield_(self.balance).await;
        self
    }

    #[durable(yield = u64, resume = u64, twin = typed_self_twin)]
    pub async fn typed_self(self: &mut Self, other: &Self) -> bool {
        self.balance = yield_(other.balance).await;
        let same = *self == *other;
        self.note(1);
        yield_(u64::from(same)).await;
        self.balance > other.balance
    }
}

async fn count_history(history: &mut Vec<u64>) {
    later().await;
    history.push(history.len() as u64);
}
#[durable(yield = u64, resume = u64)]
async fn pushed(list: &mut Vec<u64>, n: u64) {
    list.push(yield_(n).await);
}
#[durable(yield = u64, resume = u64)]
async fn raised(point: &mut Point, name: &str) -> u64 {
    point.x += yield_(name.len() as u64).await;
    point.x
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Queue<T> {
    pub items: Vec<T>,
    pub done: u64,
}
impl<T> Queue<T>
where
    T: Debug + Clone + Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    #[durable(yield = u64, resume = u64, twin = mapped_twin)]
    pub async fn mapped<const N: usize, U>(self, with: U) -> Vec<(T, U)>
    where
        U: Clone + Serialize + serde::de::DeserializeOwned + Send + 'static,
    {
        let mut out = Vec::with_capacity(N);
        for item in self.items {
            if out.len() < N {
                yield_(out.len() as u64).await;
                out.push((item, with.clone()));
            }
        }
        yield_(self.done).await;
        out
    }

    #[durable(yield = u64, resume = u64, twin = drained_twin)]
    pub async fn drained(&mut self, most: usize) -> Vec<T> {
        let mut out = vec![];
        while let Some(item) = self.items.pop() {
            self.done += 1;
            out.push(item.clone());
            yield_(self.done).await;
            if out.len() == most {
                self.items.push(item);
                break;
            }
        }
        out
    }

    #[durable(yield = u64, resume = u64, twin = twice_twin)]
    pub async fn twice(&mut self) -> usize {
        let first = self.drained(1).await;
        let second = Self::drained(self, 1).await;
        first.len() + second.len() + self.items.len()
    }
}

#[durable(yield = u64, resume = u64, twin = uses_methods_twin)]
pub async fn uses_methods(n: u64) -> String {
    let mut a = Account::new("ann", n);
    let mut b = match Account::open("bob".to_owned(), 3).await {
        Ok(b) => b,
        Err(name) => return name,
    };
    a.deposit(5).await.unwrap_or(0);
    if let Err(text) = b.transfer(&mut a, 2).await {
        log(text);
    }
    let read = a.reads(1).await + Account::reads(&b, 2).await;
    let b = b.renamed("rob".to_owned()).await;
    let owner = b.close(&mut a).await;
    format!("{a:?} {read} {owner}")
}

/// Accounts behind a box, in a list, in a pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bank {
    main: Box<Account>,
    others: Vec<Account>,
    pair: (Account, u64),
}
impl Bank {
    pub fn new() -> Self {
        let account = Account::new("ann", 5);
        Bank { main: Box::new(account.clone()), others: vec![account.clone(), Account::new("bob", 7)], pair: (account, 1) }
    }

    #[durable(yield = u64, resume = u64, twin = through_fields_twin)]
    pub async fn through_fields(&mut self) -> u64 {
        let a = self.main.reads(1).await;
        self.main.deposit(2).await.unwrap_or(0);
        self.pair.0.deposit(self.pair.1).await.unwrap_or(0);
        a + self.pair.0.reads(a).await + self.main.balance
    }

    #[durable(yield = u64, resume = u64, twin = through_indices_twin)]
    pub async fn through_indices(&mut self, n: usize) -> u64 {
        let mut total = 0;
        for i in 0..self.others.len() {
            total += self.others[i].reads(total).await;
            self.others[(i + n) % 2].deposit(1).await.unwrap_or(0);
        }
        total
    }
}

#[durable(yield = u64, resume = u64, twin = indexed_local_twin)]
pub async fn indexed_local(mut list: Vec<Account>) -> Vec<Account> {
    list[0].deposit(5).await.unwrap_or(0);
    let last = list.len() - 1;
    let n = list[last].reads(1).await;
    pushed(&mut list[last].history, n).await;
    raised(&mut list[0].limits, "name").await;
    list
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Light {
    Red,
    Green,
}
impl Light {
    #[durable(yield = u64, resume = u64, twin = next_twin)]
    pub async fn next(self) -> Self {
        match self {
            Self::Red => {
                yield_(1).await;
                Self::Green
            }
            Self::Green => {
                tick().await;
                yield_(2).await;
                Light::Red
            }
        }
    }
}

#[durable(yield = u64, resume = u64, twin = through_arc_twin)]
pub async fn through_arc(n: u64) -> u64 {
    let shared = Arc::new(Account::new("ann", n));
    let a = shared.reads(1).await;
    let b = Arc::clone(&shared).shared(a).await;
    a + b + shared.reads(b).await
}

#[durable(yield = u64, resume = u64, twin = temporary_receiver_twin)]
pub async fn temporary_receiver(n: u64) -> u64 {
    let a = Account::new("ann", n).reads(1).await;
    let b = Account::new("bob", a).deposit(2).await.unwrap_or(0);
    let c = Box::new(Account::new("eve", b % 100)).reads(3).await;
    a + b + c
}

/// Banks in banks, some of which are shared.
#[derive(Debug)]
pub struct Deep {
    bank: Bank,
    shared: Arc<Bank>,
    boxed: Box<Bank>,
    of: Arc<Box<Holder>>,
}
#[derive(Debug)]
pub struct Holder {
    account: Account,
    shared: Arc<Bank>,
}
impl Deep {
    pub fn new() -> Self {
        Deep {
            bank: Bank::new(),
            shared: Arc::new(Bank::new()),
            boxed: Box::new(Bank::new()),
            of: Arc::new(Box::new(Holder { account: Account::new("x", 1), shared: Arc::new(Bank::new()) })),
        }
    }
    #[durable(yield = u64, resume = u64, twin = deep_twin)]
    pub async fn deep(&mut self) -> u64 {
        let a = self.bank.main.deposit(1).await.unwrap_or(0);
        let b = self.bank.pair.0.deposit(a).await.unwrap_or(0);
        let c = self.shared.main.reads(b).await + self.shared.pair.0.reads(b).await;
        let d = self.boxed.pair.0.deposit(c).await.unwrap_or(0);
        let e = self.of.account.reads(d).await + self.of.shared.pair.0.reads(d).await;
        self.boxed.main.reads(e).await + self.bank.others[1].history.len() as u64
    }
}
#[durable(yield = u64, resume = u64, twin = deep_local_twin)]
pub async fn deep_local(mut bank: Bank) -> Bank {
    bank.pair.0.deposit(3).await.unwrap_or(0);
    let a = bank.pair.0.reads(3).await;
    bank.main.deposit(a).await.unwrap_or(0);
    bank
}

pub fn cases() -> Vec<Case> {
    cases! {
        Queue::<u64>::mapped::<2, char>, Queue::<u64>::mapped_twin::<2, char> => (Queue { items: vec![1, 2, 3], done: 5 }, 'x');
        temporary_receiver, temporary_receiver_twin => (3);
        through_arc, through_arc_twin => (3);
        Account::reads, Account::reads_twin => (account: &Account = Account::new("ann", 3), 4);
        Account::deposit, Account::deposit_twin => (account: &mut Account = Account::new("ann", 3), 4), (account: &mut Account = Account::new("ann", 6000), 4);
        Account::close, Account::close_twin => (Account::new("ann", 3), into: &mut Account = Account::new("bob", 1));
        Account::renamed, Account::renamed_twin => (Account::new("ann", 3), "eve".to_owned());
        Account::open, Account::open_twin => ("ann".to_owned(), 3), ("ann".to_owned(), 800);
        Account::transfer, Account::transfer_twin => (from: &mut Account = Account::new("ann", 30), to: &mut Account = Account::new("bob", 1), 9),
            (from: &mut Account = Account::new("ann", 3), to: &mut Account = Account::new("bob", 1), 9),
            (from: &mut Account = Account::new("ann", 30), to: &mut Account = Account::new("bob", 5000), 9);
        Account::by_self, Account::by_self_twin => (account: &Account = Account::new("ann", 3), 2);
        Account::fields_lent, Account::fields_lent_twin => (account: &mut Account = Account::new("ann", 3));
        Account::in_closures, Account::in_closures_twin => (account: &Account = Account::new("ann", 3), vec![1, 2, 3]);
        Account::shared, Account::shared_twin => (Arc::new(Account::new("ann", 3)), 1);
        Account::boxed, Account::boxed_twin => (Box::new(Account::new("ann", 3)), 1);
        Account::typed_self, Account::typed_self_twin => (account: &mut Account = Account::new("ann", 3), other: &Account = Account::new("ann", 4));
        Queue::<String>::drained, Queue::<String>::drained_twin => (queue: &mut Queue<String> = Queue { items: strings(&["a", "b", "c"]), done: 0 }, 2),
            (queue: &mut Queue<String> = Queue { items: vec![], done: 0 }, 2);
        Queue::<u64>::twice, Queue::<u64>::twice_twin => (queue: &mut Queue<u64> = Queue { items: vec![1, 2], done: 0 });
        uses_methods, uses_methods_twin => (3);
        Bank::through_fields, Bank::through_fields_twin => (bank: &mut Bank = Bank::new());
        Deep::deep, Deep::deep_twin => (deep: &mut Deep = Deep::new());
        deep_local, deep_local_twin => (Bank::new());
        Bank::through_indices, Bank::through_indices_twin => (bank: &mut Bank = Bank::new(), 1), (bank: &mut Bank = Bank::new(), 2);
        indexed_local, indexed_local_twin => (vec![Account::new("ann", 1), Account::new("bob", 2)]);
        Light::next, Light::next_twin => (Light::Red), (Light::Green);
    }
}

//! Not compiled: what `methods.rs` is to have back. The causes are listed where they were reported.

// pending: cannot move out of `__this.items` which is behind a mutable reference
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

// pending: mismatched types
    #[durable(yield = u64, resume = u64, twin = through_fields_twin)]
    pub async fn through_fields(&mut self) -> u64 {
        let a = self.main.reads(1).await;
        self.main.deposit(2).await.unwrap_or(0);
        self.pair.0.deposit(self.pair.1).await.unwrap_or(0);
        a + self.pair.0.reads(a).await + self.main.balance
    }

// pending: mismatched types
#[durable(yield = u64, resume = u64, twin = through_arc_twin)]
pub async fn through_arc(n: u64) -> u64 {
    let shared = Arc::new(Account::new("ann", n));
    let a = shared.reads(1).await;
    let b = Arc::clone(&shared).shared(a).await;
    a + b + shared.reads(b).await
}

// pending: mismatched types
#[durable(yield = u64, resume = u64, twin = temporary_receiver_twin)]
pub async fn temporary_receiver(n: u64) -> u64 {
    let a = Account::new("ann", n).reads(1).await;
    let b = Account::new("bob", a).deposit(2).await.unwrap_or(0);
    let c = Box::new(Account::new("eve", b % 100)).reads(3).await;
    a + b + c
}

pub fn cases() -> Vec<Case> {
    cases! {
        Queue::<u64>::mapped::<2, char>, Queue::<u64>::mapped_twin::<2, char> => (Queue { items: vec![1, 2, 3], done: 5 }, 'x');
        Bank::through_fields, Bank::through_fields_twin => (bank: &mut Bank = Bank::new());
        through_arc, through_arc_twin => (3);
        temporary_receiver, temporary_receiver_twin => (3);
    }
}

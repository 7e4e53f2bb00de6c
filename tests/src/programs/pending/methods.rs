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

pub fn cases() -> Vec<Case> {
    cases! {
        Queue::<u64>::mapped::<2, char>, Queue::<u64>::mapped_twin::<2, char> => (Queue { items: vec![1, 2, 3], done: 5 }, 'x');
    }
}

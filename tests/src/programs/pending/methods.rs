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


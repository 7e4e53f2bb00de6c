//! Not compiled: what `methods.rs` is to have back. The causes are listed where they were reported.

// pending: what is lent again through two fields is lent by `&`: whether the method wants `&mut` is not seen
    #[durable(yield = u64, resume = u64, twin = through_fields_twin)]
    pub async fn through_fields(&mut self) -> u64 {
        let a = self.main.reads(1).await;
        self.main.deposit(2).await.unwrap_or(0);
        self.pair.0.deposit(self.pair.1).await.unwrap_or(0);
        a + self.pair.0.reads(a).await + self.main.balance
    }

pub fn cases() -> Vec<Case> {
    cases! {
        Bank::through_fields, Bank::through_fields_twin => (bank: &mut Bank = Bank::new());
    }
}

//! Coroutines that return borrows of what they are lent.
use crate::harness::*;
use coroutine_runtime::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Table {
    rows: Vec<Order>,
    names: Vec<String>,
}

impl Table {
    #[durable(yield = u64, resume = u64)]
    async fn find(&self, n: u64) -> Option<&Order> {
        let at = yield_(n).await as usize % 3;
        let row = self.rows.get(at)?;
        yield_(row.seen).await;
        Some(row)
    }
    #[durable(yield = u64, resume = u64)]
    async fn name(&self, text: &str, n: u64) -> Result<&str, String> {
        if let Some(name) = self.names.iter().find(|name| name.as_str() == text) {
            yield_(n).await;
            return Ok(name);
        }
        yield_(n + 1).await;
        let n = small(n).await?;
        Ok(&self.names[n as usize % self.names.len()])
    }
    #[durable(yield = u64, resume = u64)]
    async fn row(&mut self, n: u64) -> &mut Order {
        let at = yield_(n).await as usize % self.rows.len();
        &mut self.rows[at]
    }
    #[durable(yield = u64, resume = u64)]
    async fn seen(&self, n: u64) -> Option<u64> {
        let row = self.find(n).await?;
        Some(row.seen)
    }
    #[durable(yield = u64, resume = u64)]
    async fn raised(&mut self, n: u64) -> u64 {
        self.row(n).await.seen += 5;
        let row = self.row(n + 1).await;
        row.seen += n;
        row.items.push("more".to_owned());
        let seen = row.seen;
        yield_(seen).await;
        let text = match self.find(2).await {
            Some(row) if row.seen > 4 => row.items.len(),
            Some(_) => 1,
            None => 0,
        };
        yield_(text as u64).await
    }
    /// It gives on what it was given.
    #[durable(yield = u64, resume = u64)]
    async fn found(&self, n: u64) -> Option<&Order> {
        self.find(n + 1).await
    }
}

#[durable(yield = u64, resume = u64)]
async fn longer<'a>(a: &'a str, b: &'a str, n: u64) -> &'a str {
    yield_(n).await;
    if a.len() > b.len() { a } else { b }
}

#[durable(yield = u64, resume = u64, twin = given_twin)]
pub async fn given(names: Vec<String>, n: u64) -> String {
    let mut table = Table { rows: vec![Order::new(&["a"]), Order::new(&["b", "c"])], names };
    let row = table.find(n).await;
    let items = row.map(|row| row.items.clone());
    let a = table.seen(n).await;
    let b = table.raised(n).await;
    let c = table.name("x", n).await.map(str::to_owned);
    let d = table.name("none", n).await.map(|name| name.len());
    let e = longer("one", &table.names[0], 1).await.len();
    let f = table.found(n).await.map_or(0, |row| row.seen);
    let owned = "own text".to_owned();
    // (Text is stored, as any text is.)
    let text = longer("one", &owned, 3).await;
    yield_(text.len() as u64).await;
    // A step may use it, and the function may be stored again after.
    let row = table.find(1).await;
    let h = counted(row).await;
    let g = longer(&owned, "lit", 2).await.to_owned();
    yield_(f).await;
    format!("{items:?} {a:?} {b} {c:?} {d:?} {e} {f} {g} {h} {text} {:?}", table.rows)
}

/// What is given lives as long as what it is of, which stays where it is.
#[durable(yield = u64, resume = u64, twin = kept_twin)]
pub async fn kept(n: u64) -> String {
    let owned = format!("a text {n}");
    let text = longer("one", &owned, n).await;
    let chars = (&owned).chars().count();
    yield_(2).await;
    let other = format!("a test {chars}");
    yield_(3).await;
    let table = Table { rows: vec![Order::new(&["a"]), Order::new(&["b"])], names: vec![other] };
    let row = table.find(n).await;
    let len = (&table).names.iter().map(String::len).sum::<usize>();
    later().await;
    let items = format!("{:?}", row.map(|row| &row.items));
    yield_(4).await;
    format!("{text} {len} {items}")
}

async fn counted(row: Option<&Order>) -> u64 {
    later().await;
    row.map_or(0, |row| row.seen)
}

pub fn cases() -> Vec<Case> {
    cases! {
        kept, kept_twin => (3), (1);
        given, given_twin => (strings(&["x", "yy"]), 3), (strings(&["zzzzz"]), 1);
    }
}

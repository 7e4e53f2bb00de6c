//! What is given may borrow from a copy of text, which goes sooner than the text.
use coroutine_runtime::prelude::*;

struct Order {
    name: String,
}
impl Order {
    fn name(&self) -> &str {
        &self.name
    }
}

#[durable(yield = u64, resume = u64)]
async fn initial(of: &str) -> &str {
    yield_(1).await;
    &of[..1]
}

#[durable(yield = u64, resume = u64)]
async fn ask(order: &Order) -> String {
    let letter;
    {
        let name = order.name();
        yield_(1).await;
        letter = initial(name).await;
    }
    letter.to_owned()
}

fn main() {}

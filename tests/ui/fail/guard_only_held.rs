//! A permit that is never used again would have to be held while the function waits.
use coroutine_runtime::prelude::*;

pub struct Permit(std::sync::mpsc::Sender<u64>);

impl Drop for Permit {
    fn drop(&mut self) {
        let _ = self.0.send(1);
    }
}

async fn acquire() -> Permit {
    Permit(std::sync::mpsc::channel().0)
}

#[durable(yield = u64, resume = u64)]
async fn ask() {
    let _permit = acquire().await;
    yield_(1).await;
}

fn main() {}

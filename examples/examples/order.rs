//! A workflow that survives `kill -9` at any instant.
//!
//! `order` takes an order through a shop: it charges, lets the parcel be packed over night, sends it, and thanks the customer a while later.
//! Its state is in `order.db`, an SQLite file; nothing else is installed or configured. What the shop does leaves a line in
//! `order.ledger`, which stands for the world outside: a bank, a carrier, a mail server.
//!
//! ```sh
//! cargo run --example order                # some ten seconds. Kill it at any instant, with Ctrl-C or with the
//!                                          # `kill -9` that it prints, and run it again: it goes on
//! cargo run --example order -- --orders 50 # many at once
//! cargo run --example order -- --reset     # forget all orders
//! ```
//!
//! `--pace MS` says how long a step takes and a night lasts ten times as long, `--directory D` where its two files go.
use coroutine_runtime::prelude::*;
use coroutine_runtime::store::Sqlite;
use coroutine_runtime::{Backoff, idempotency_key, sleep};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

// ---- the durable part -----------------------------------------------------------------------------

/// Takes an order through the shop. An ordinary function: what is alive at an await is what is stored there.
#[durable]
async fn order(order: Order, shop: &Shop) -> Result<Receipt, String> {
    // A key is the same on every try of the step that it is for, so the bank charges once, however often it is asked.
    let key = idempotency_key().await;
    let mut backoff = Backoff::new(shop.pace, 5);
    let payment = loop {
        match shop.charge(&key, &order).await {
            Ok(payment) => break payment,
            Err(error) => match backoff.next() {
                Some(wait) => sleep(wait).await, // the bank is busy
                None => return Err(error),
            },
        }
    };

    let mut parcels = Vec::new();
    for item in &order.items {
        parcels.push(pack(&order.name, item, shop).await);
    }
    sleep(shop.pace * 10).await; // the night: no thread, no task, no memory waits for it
    let key = idempotency_key().await;
    shop.send(&key, &order, parcels.len()).await;

    sleep(shop.pace * 10).await;
    let key = idempotency_key().await;
    shop.thank(&key, &order).await;
    Ok(Receipt { payment, parcels })
}

/// Another coroutine: while it is awaited, its frame is kept inside the one of `order`.
#[durable]
async fn pack(of: &str, item: &str, shop: &Shop) -> String {
    let key = idempotency_key().await;
    shop.works(&key, &format!("{of}: pack {item}")).await;
    format!("a parcel with {item}")
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Order {
    name: String,
    items: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Receipt {
    payment: u64,
    parcels: Vec<String>,
}

// ---- the world: ordinary async code -----------------------------------------------------------------

struct Shop {
    pace: Duration,
    ledger: Mutex<Ledger>,
}

impl Shop {
    async fn charge(&self, key: &str, order: &Order) -> Result<u64, String> {
        // (At the second order the bank is busy at first.)
        let busy = format!("{key} busy");
        if order.name == "order-2" && !self.is_known(&busy) {
            self.works(&busy, &format!("{}: find the bank busy", order.name)).await;
            return Err("the bank is busy".into());
        }
        self.works(key, &format!("{}: charge for {} items", order.name, order.items.len())).await;
        Ok(100 * order.items.len() as u64)
    }

    async fn send(&self, key: &str, order: &Order, parcels: usize) {
        self.works(key, &format!("{}: send {parcels} parcels", order.name)).await;
    }

    async fn thank(&self, key: &str, order: &Order) {
        self.works(key, &format!("{}: thank the customer", order.name)).await;
    }

    /// Something that is done outside, once for each key: whoever does it remembers the keys.
    async fn works(&self, key: &str, what: &str) {
        if self.is_known(key) {
            println!("  again?   {what}: was done before the crash, not done twice");
            return;
        }
        println!("  begins   {what}");
        tokio::time::sleep(self.pace).await;
        let entered = self.ledger().enter(key, what);
        match entered {
            Ok(()) => println!("  has done {what}"),
            // (A step that fails by panicking is tried again.)
            Err(error) => panic!("the ledger cannot be written: {error}"),
        }
    }

    fn is_known(&self, key: &str) -> bool {
        self.ledger().entries.contains_key(key)
    }

    fn ledger(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What was done outside: a line for each, with its key. It is on the disk before anybody is told.
struct Ledger {
    entries: BTreeMap<String, String>,
    file: File,
}

impl Ledger {
    fn open(path: &Path) -> io::Result<Self> {
        let text = coroutine_examples::read(path)?.unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        // (A line without its end was cut by a crash before anybody was told.)
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        if whole.len() < text.len() {
            coroutine_examples::replace(path, whole.as_bytes())?;
        }
        let entries = whole.lines().filter_map(|line| line.split_once('\t')).map(|(key, what)| (key.into(), what.into()));
        Ok(Ledger { entries: entries.collect(), file: OpenOptions::new().create(true).append(true).open(path)? })
    }

    fn enter(&mut self, key: &str, what: &str) -> io::Result<()> {
        self.file.write_all(format!("{key}\t{what}\n").as_bytes())?;
        self.file.sync_data()?;
        self.entries.insert(key.into(), what.into());
        Ok(())
    }
}

// ---- the program --------------------------------------------------------------------------------------

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_arguments()?;
    let (store, ledger) = (options.directory.join("order.db"), options.directory.join("order.ledger"));
    if options.reset {
        for file in ["order.db", "order.db-wal", "order.db-shm", "order.ledger"] {
            coroutine_examples::remove(&options.directory.join(file))?;
        }
        println!("forgotten: the next run begins anew");
        return Ok(());
    }

    println!("kill me at any instant: kill -9 {}", std::process::id());
    let shop = Shop { pace: options.pace, ledger: Mutex::new(Ledger::open(&ledger)?) };
    let runtime = Runtime::builder(Sqlite::open(&store)?)
        .env(shop)
        .register(order)
        // After a crash, whoever comes next takes over when this one has been silent for so long.
        .lease(Duration::from_secs(1))
        .start()
        .await?;

    // With ids of their own: those that were started by an earlier run are the same ones, and not started again.
    let mut handles = Vec::new();
    for n in 1..=options.orders {
        let (name, items) = (format!("order-{n}"), vec!["tea".into(), "cups".into(), "a kettle".into()]);
        handles.push(runtime.start_as(&*name, order, (Order { name: name.clone(), items },)).await?);
    }
    for handle in &handles {
        let receipt = handle.result().await?;
        match receipt {
            Ok(receipt) => println!("done: {} was paid {} for {} parcels", handle.id(), receipt.payment, receipt.parcels.len()),
            Err(error) => println!("done: {} was given up: {error}", handle.id()),
        }
    }
    runtime.shutdown().await;
    println!("all is done; {} has a line for each thing, `--reset` begins anew", ledger.display());
    Ok(())
}

struct Options {
    reset: bool,
    orders: u32,
    pace: Duration,
    directory: PathBuf,
}

impl Options {
    fn from_arguments() -> Result<Self, Box<dyn Error>> {
        let mut options = Options { reset: false, orders: 3, pace: Duration::from_millis(400), directory: PathBuf::from(".") };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("`{argument}` needs a value"));
            match &*argument {
                "--reset" => options.reset = true,
                "--orders" => options.orders = value()?.parse()?,
                "--pace" => options.pace = Duration::from_millis(value()?.parse()?),
                "--directory" => options.directory = value()?.into(),
                _ => return Err(format!("unknown argument {argument}; the head of `examples/order.rs` has them all").into()),
            }
        }
        Ok(options)
    }
}

//! Variables that an adaptor stores: of types that serde does not know.
use crate::harness::*;
use coroutine_runtime::{Adapt, join, prelude::*, select};
use std::error::Error;

type Refused = Box<dyn Error + Send + Sync>;

/// Of another crate, let us say.
pub struct Client {
    url: String,
    sent: u64,
}
impl Client {
    fn new(url: &str) -> Self {
        Client { url: url.to_owned(), sent: 0 }
    }
    fn send(&mut self, n: u64) -> u64 {
        self.sent += n;
        log(format!("send {n} to {}", self.url));
        self.sent
    }
    async fn posts(&mut self, n: u64) -> u64 {
        later().await;
        self.send(n)
    }
    fn close(self) -> u64 {
        log(format!("close {}", self.url));
        self.sent
    }
    #[durable(yield = u64, resume = u64)]
    async fn asks(&mut self, n: u64) -> u64 {
        let got = yield_(n).await;
        self.send(got)
    }
    #[durable(yield = u64, resume = u64)]
    async fn ends(#[with(AsUrl)] self, n: u64) -> u64 {
        let got = yield_(n).await;
        got + self.close()
    }
}
impl Drop for Client {
    fn drop(&mut self) {
        log(format!("drop {} {}", self.url, self.sent));
    }
}

fn sent(client: &Client) -> u64 {
    client.sent
}

async fn connect(url: &str) -> Result<Client, String> {
    log(format!("connect {url}"));
    later().await;
    if url.is_empty() { Err("no url".to_owned()) } else { Ok(Client::new(url)) }
}

pub struct AsUrl;
impl Adapt<Client> for AsUrl {
    type Stored = (String, u64);
    fn store(client: &Client) -> (String, u64) {
        (client.url.clone(), client.sent)
    }
    fn restore((url, sent): (String, u64)) -> Result<Client, Refused> {
        Ok(Client { url, sent })
    }
}

/// A handle without a drop of its own, with parts.
pub struct Pair<T> {
    left: T,
    right: T,
}
pub struct AsParts;
impl Adapt<Pair<D>> for AsParts {
    type Stored = [String; 2];
    fn store(pair: &Pair<D>) -> [String; 2] {
        [pair.left.0.clone(), pair.right.0.clone()]
    }
    fn restore([left, right]: [String; 2]) -> Result<Pair<D>, Refused> {
        Ok(Pair { left: D(left), right: D(right) })
    }
}
impl Adapt<(Pair<D>, u64)> for AsParts {
    type Stored = (String, String, u64);
    fn store((pair, n): &(Pair<D>, u64)) -> Self::Stored {
        (pair.left.0.clone(), pair.right.0.clone(), *n)
    }
    fn restore((left, right, n): Self::Stored) -> Result<(Pair<D>, u64), Refused> {
        Ok((Pair { left: D(left), right: D(right) }, n))
    }
}
fn pair(name: &str) -> Pair<D> {
    Pair { left: D::new(&format!("{name} left")), right: D::new(&format!("{name} right")) }
}

#[durable(yield = u64, resume = u64, twin = over_waits_twin)]
pub async fn over_waits(url: String) -> Result<u64, String> {
    #[with(AsUrl)]
    let mut client: Client = connect(&url).await?;
    let got = yield_(1).await;
    client.posts(got).await;
    let mut sum = client.posts(2).await;
    sum += client.asks(sum).await;
    let name = &client.url;
    yield_(sum).await;
    log(name);
    let twice = |n: u64| client.sent * n;
    yield_(twice(2)).await;
    Ok(twice(sum))
}

#[durable(yield = u64, resume = u64, twin = in_loops_twin)]
pub async fn in_loops(n: u64) -> u64 {
    #[with(AsUrl)]
    let mut last = Client::new("first");
    for k in 0..n {
        #[with(AsUrl)]
        let mut client = match k {
            0 => connect("zero").await.unwrap(),
            _ => Client::new(&format!("client {k}")),
        };
        client.send(yield_(k).await);
        if k == 1 {
            continue;
        }
        let _guard = D::new("beside it");
        yield_(sent(&client)).await;
        last = client;
        yield_(sent(&last)).await;
    }
    yield_(sent(&last)).await
}

#[durable(yield = u64, resume = u64, twin = given_twin)]
pub async fn given(#[with(AsUrl)] mut client: Client, n: u64) -> u64 {
    let lent = lends(&mut client, n).await;
    yield_(lent).await;
    if n == 0 {
        return client.close();
    }
    let ended = takes(D::new("first"), client, n).await;
    #[with(AsUrl)]
    let other = Client::new("other");
    let more = yield_(ended).await;
    more + other.ends(more).await
}

#[durable(yield = u64, resume = u64)]
async fn lends(client: &mut Client, n: u64) -> u64 {
    for k in 0..n {
        client.send(yield_(k).await);
    }
    client.sent
}

#[durable(yield = u64, resume = u64)]
async fn takes(first: D, #[with(AsUrl)] client: Client, n: u64) -> u64 {
    if n == 0 {
        return client.ends(n).await;
    }
    yield_(n).await;
    Box::pin(takes(first, client, n - 1)).await
}

#[durable(yield = u64, resume = u64, twin = moved_out_twin)]
pub async fn moved_out(n: u64) -> u64 {
    #[with(AsParts)]
    let whole = pair("whole");
    #[with(AsParts)]
    let parts = (pair("in a tuple"), n);
    let got = yield_(parts.1).await;
    let Pair { left, right } = whole;
    yield_(got).await;
    eat(left);
    let (pair, n) = parts;
    drop(pair.right);
    touch(&pair.left);
    eat(pair.left);
    yield_(n).await;
    touch(&right);
    #[with(AsUrl)]
    let client = Client::new("closed");
    yield_(3).await;
    if n > 1 {
        return Client::close(client);
    }
    yield_(4).await
}

#[durable(yield = u64, resume = u64, twin = only_held_twin)]
pub async fn only_held(n: u64) -> u64 {
    let first = D::new("first");
    #[with(AsUrl)]
    let _client = Client::new("held");
    #[with(AsParts)]
    let pair = pair("held");
    let second = D::new("second");
    let got = yield_(n).await;
    if n > 1 {
        drop(pair);
        #[with(AsUrl)]
        let _inner = connect("inner").await.unwrap();
        return yield_(got).await;
    }
    add(got, 1).await
}

#[durable(yield = u64, resume = u64)]
async fn keeps<A: Adapt<T>, T: Send + 'static>(#[with(A)] value: T, n: u64, get: fn(&T) -> u64) -> T {
    let sum = get(&value) + n;
    yield_(sum).await;
    #[with(A)]
    let again = value;
    yield_(sum + 1).await;
    again
}

#[durable(yield = u64, resume = u64)]
async fn makes<T: Default + Send + 'static, A>(n: u64) -> T
where
    A: Adapt<T>,
{
    #[with(A)]
    let made = T::default();
    yield_(n).await;
    made
}
impl Default for Client {
    fn default() -> Self {
        Client::new("default")
    }
}

#[durable(yield = u64, resume = u64, twin = generic_twin)]
pub async fn generic(n: u64) -> u64 {
    let mut client = makes::<Client, AsUrl>(n).await;
    client.send(n);
    let client = makes_more::<AsUrl>(client, n).await;
    yield_(client.map_or(0, Client::close)).await
}

#[durable(yield = u64, resume = u64)]
async fn makes_more<A: Adapt<Client>>(#[with(A)] mut client: Client, n: u64) -> Option<Client> {
    #[with(Option<A>)]
    let kept = (n > 1).then_some(client);
    yield_(n).await;
    kept
}

#[durable(yield = u64, resume = u64, twin = lists_twin)]
pub async fn lists(n: u64) -> u64 {
    #[with(Vec<AsUrl>)]
    let mut clients: Vec<Client> = (0..n).map(|k| Client::new(&format!("number {k}"))).collect();
    #[with(Option<Vec<AsUrl>>)]
    let none: Option<Vec<Client>> = None;
    let mut sum = 0;
    for client in &mut clients {
        sum += client.send(yield_(sum).await);
        sum += client.posts(1).await;
    }
    while let Some(client) = clients.pop() {
        #[with(AsUrl)]
        let client = client;
        yield_(sum).await;
        sum += client.sent;
    }
    sum + none.map_or(0, |none| none.len() as u64)
}

#[durable(yield = u64, resume = u64, twin = patterns_twin)]
pub async fn patterns(found: Option<u64>) -> u64 {
    #[with(AsUrl)]
    let Some(client) = found.map(|n| Client { url: "found".into(), sent: n }) else {
        return yield_(0).await;
    };
    #[with(AsParts)]
    let (inner, _) = (pair("inner"), client.sent);
    #[with(AsParts)]
    let Some(pair) = half(client.sent).await.map(|_| pair("even")) else {
        yield_(1).await;
        return client.sent;
    };
    let got = yield_(2).await;
    #[with(AsUrl)]
    let client = Client { url: "shadows".into(), sent: got };
    #[with(AsUrl)]
    let later;
    if got > 1 {
        later = connect("later").await.unwrap();
    } else {
        later = Client::new("now");
    }
    yield_(sent(&later)).await;
    touch(&pair.left);
    touch(&inner.right);
    client.close() + later.close()
}

#[durable(yield = u64, resume = u64, twin = beside_twin)]
pub async fn beside(#[with(AsUrl)] mut client: Client, #[with(AsParts)] ref pair: Pair<D>, #[with(AsUrl)] _: Client) -> u64 {
    #[with(AsUrl)]
    let branch = Client::new("branch");
    let (a, b, c) = join!(client.asks(1), branch.ends(2), async { add(1, 2).await });
    touch(&pair.left);
    yield_(a + b + c).await + client.sent
}

#[durable(yield = u64, resume = u64, twin = in_coroutines_twin)]
pub async fn in_coroutines(n: u64) -> u64 {
    let mut held = Client::new("of another").ends(n).start();
    let mut sum = 0;
    if let Ok(Resumed::Yielded(got)) = held.resume(0) {
        sum += yield_(got).await;
    }
    if let Ok(Resumed::Complete(got)) = held.resume(sum) {
        sum += yield_(got).await;
    }
    sum
}

struct Twice(std::sync::mpsc::Sender<u64>, u64);
impl Twice {
    fn of(&self, n: u64) -> u64 {
        n * self.1
    }
}

/// In the arms of what the compiler writes out.
#[durable(yield = u64, resume = u64, twin = in_arms_twin)]
pub async fn in_arms(n: u64) -> u64 {
    let got = select! {
        a = gives(n) => {
            #[with(AsUrl)]
            let mut client = Client::new("in an arm");
            #[again]
            let twice = Twice(std::sync::mpsc::channel().0, 2);
            let got = yield_(twice.of(a)).await;
            client.send(twice.of(got))
        }
        b = gives(n + 1) => b,
    };
    got + yield_(got).await
}

#[durable(yield = u64, resume = u64)]
async fn gives(n: u64) -> u64 {
    yield_(n).await
}

/// With a root, which has the parameter before the function does.
#[durable(yield = u64, resume = u64, twin = of_a_root_twin, root = of_a_root_kept)]
pub async fn of_a_root(name: &str, #[with(AsUrl)] client: Client) -> u64 {
    let got = yield_(name.len() as u64).await;
    got + Client::close(client)
}
pub async fn of_a_root_kept_twin(name: String, client: Client) -> u64 {
    of_a_root_twin(&name, client).await
}

/// Adaptors that are items of the function, two of one name; and a `let` in a macro's argument.
#[durable(yield = u64, resume = u64, twin = inside_twin)]
pub async fn inside(n: u64) -> String {
    struct Handle(u64);
    struct AsNumber;
    impl Adapt<Handle> for AsNumber {
        type Stored = u64;
        fn store(handle: &Handle) -> u64 {
            handle.0
        }
        fn restore(stored: u64) -> Result<Handle, Refused> {
            Ok(Handle(stored))
        }
    }
    #[with(AsNumber)]
    let handle = Handle(n);
    yield_(1).await;
    let text = {
        #[allow(non_camel_case_types)] // they are renamed
        struct Handle(String);
        #[allow(non_camel_case_types)]
        struct AsNumber;
        impl Adapt<Handle> for AsNumber {
            type Stored = String;
            fn store(handle: &Handle) -> String {
                handle.0.clone()
            }
            fn restore(stored: String) -> Result<Handle, Refused> {
                Ok(Handle(stored))
            }
        }
        #[with(AsNumber)]
        let handle = Handle("text".to_owned());
        yield_(2).await;
        handle.0
    };
    format!("{text} {} {}", handle.0, {
        #[with(AsUrl)]
        let client = Client::new("in a macro");
        yield_(3).await;
        client.close()
    })
}

pub fn cases() -> Vec<Case> {
    cases! {
        over_waits, over_waits_twin => ("url".to_owned()), (String::new());
        in_loops, in_loops_twin => (0), (3);
        given, given_twin => (Client::new("given"), 0), (Client::new("given"), 2);
        moved_out, moved_out_twin => (1), (2);
        only_held, only_held_twin => (1), (2);
        generic, generic_twin => (1), (2);
        lists, lists_twin => (0), (3);
        patterns, patterns_twin => (None), (Some(3)), (Some(4));
        beside, beside_twin => (Client::new("beside"), pair("lies here"), Client::new("no name"));
        in_coroutines, in_coroutines_twin => (3);
        in_arms, in_arms_twin => (1);
        of_a_root_kept, of_a_root_kept_twin => ("name".to_owned(), Client::new("of a root"));
        inside, inside_twin => (7);
    }
}

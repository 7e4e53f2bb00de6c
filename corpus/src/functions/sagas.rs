//! Sagas: steps with what undoes them.
use crate::support::*;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::sleep;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trip {
    pub traveller: String,
    pub from: String,
    pub to: String,
    pub days: u32,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Booking {
    Flight(String),
    Hotel { id: String, nights: u32 },
    Car(u64),
}
#[derive(Debug, Serialize, Deserialize)]
pub enum SagaError {
    Rejected(String),
    Compensated { failed: String, undone: Vec<Booking> },
}
impl From<AnyError> for SagaError {
    fn from(error: AnyError) -> Self {
        SagaError::Rejected(error.to_string())
    }
}
pub struct Agency {
    pub client: HttpClient,
    pub bucket: Bucket,
}

impl Agency {
    pub async fn book(&self, what: &str, trip: &Trip) -> Result<String> {
        let response = self.client.post(format!("https://{what}.example.com/book")).json(trip).send().await?;
        if response.status() == StatusCode::CONFLICT {
            bail!("no {what} to {} left", trip.to);
        }
        Ok(response.error_for_status()?.text().await?)
    }
    pub async fn cancel(&self, booking: &Booking) -> Result<()> {
        let url = match booking {
            Booking::Flight(id) | Booking::Hotel { id, .. } => format!("https://example.com/{id}"),
            Booking::Car(number) => format!("https://cars.example.com/{number}"),
        };
        let mut wait = 1;
        while let Err(e) = self.client.delete(&url).send().await {
            if wait > 64 {
                return Err(e.into());
            }
            sleep(Duration::from_secs(wait)).await;
            wait *= 2;
        }
        Ok(())
    }

    pub async fn book_trip(&self, trip: Trip) -> Result<Vec<Booking>, SagaError> {
        let mut done = Vec::new();
        let outcome: Result<()> = async {
            done.push(Booking::Flight(self.book("flights", &trip).await?));
            done.push(Booking::Hotel { id: self.book("hotels", &trip).await?, nights: trip.days });
            done.push(Booking::Car(self.book("cars", &trip).await?.parse()?));
            Ok(())
        }
        .await;
        if let Err(e) = outcome {
            for booking in done.iter().rev() {
                self.cancel(booking).await?;
            }
            return Err(SagaError::Compensated { failed: e.to_string(), undone: done });
        }
        Ok(done)
    }

    pub async fn book_step_by_step(&self, trip: &Trip) -> Result<(String, String), SagaError> {
        let flight = self.book("flights", trip).await?;
        let hotel = match self.book("hotels", trip).await {
            Ok(hotel) => hotel,
            Err(e) => {
                warn!("no hotel: {e}");
                self.cancel(&Booking::Flight(flight.clone())).await?;
                return Err(SagaError::Compensated { failed: e.to_string(), undone: vec![Booking::Flight(flight)] });
            }
        };
        Ok((flight, hotel))
    }
}

pub async fn place_order(pool: &Pool, client: &HttpClient, queue: &Queue, user: &User, items: Vec<(String, u32)>) -> Result<u64> {
    let mut reserved = Vec::<&str>::new();
    for (sku, n) in &items {
        let left = pool.execute("update stock set n = n - $1 where sku = $2", &[n, sku]).await?;
        if left == 0 {
            for sku in reserved {
                pool.execute("update stock set n = n + 1 where sku = $1", &[&sku]).await?;
            }
            bail!("{sku} is sold out");
        }
        reserved.push(sku);
    }
    let charge = client.post("https://pay.example.com/charge").json(&serde_json::json!({ "user": user.id, "items": items })).send().await;
    let charge = match charge {
        Ok(c) if c.status().is_success() => c.text().await?,
        Ok(_) | Err(_) => {
            for (sku, n) in items.iter() {
                pool.execute("update stock set n = n + $1 where sku = $2", &[n, sku]).await?;
            }
            return Err("payment declined".into());
        }
    };
    let order = pool.execute("insert into orders values ($1, $2)", &[&user.id, &charge]).await?;
    queue.send(&format!("{{\"order\":{order}}}")).await?;
    Ok(order)
}

pub async fn two_phase(participants: &[Pool], transaction: &str) -> Result<bool> {
    let mut prepared = 0;
    for participant in participants {
        match participant.execute("prepare transaction $1", &[&transaction]).await {
            Ok(_) => prepared += 1,
            Err(e) => {
                error!(%e, "participant {prepared} refused");
                break;
            }
        }
    }
    let all = prepared == participants.len();
    let verb = if all { "commit" } else { "rollback" };
    for participant in &participants[..prepared] {
        let sql = format!("{verb} prepared $1");
        while participant.execute(&sql, &[&transaction]).await.is_err() {
            sleep(Duration::from_secs(1)).await;
        }
    }
    Ok(all)
}

pub async fn provision(client: &HttpClient, spec: &serde_json::Value) -> Result<Vec<String>> {
    let mut created: Vec<(String, String)> = vec![];
    let kinds = ["network", "disk", "machine"];
    let result = 'create: {
        for kind in kinds {
            let body = &spec[kind];
            let response = match client.post(format!("https://cloud.example.com/{kind}")).json(body).send().await {
                Ok(r) => r,
                Err(e) => break 'create Err(e),
            };
            match response.text().await {
                Ok(id) => created.push((kind.to_string(), id)),
                Err(e) => break 'create Err(e),
            }
        }
        Ok(())
    };
    if let Err(e) = result {
        while let Some((kind, id)) = created.pop() {
            client.delete(format!("https://cloud.example.com/{kind}/{id}")).send().await?;
        }
        return Err(e.into());
    }
    Ok(created.into_iter().map(|(_, id)| id).collect())
}

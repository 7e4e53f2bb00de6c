//! Mistakes, one a section. Each is compiled with the attribute and, as its twin, without it: rustc must say the same, once.
//! What stands before the first section stands before all.
use std::collections::HashMap;
pub struct Item { pub name: String, pub price: u64 }
pub struct Shop { pub items: Vec<Item> }
impl Shop {
    pub async fn price(&self, name: &str) -> Result<u64, String> { self.items.iter().find(|i| i.name == name).map(|i| i.price).ok_or(name.to_owned()) }
    pub async fn restock(&mut self, item: Item) -> usize { self.items.push(item); self.items.len() }
}
pub async fn add(a: u64, b: u64) -> u64 { a + b }
pub async fn greet(name: &str) -> String { format!("hello {name}") }
pub async fn take(name: String) -> usize { name.len() }
pub async fn bump(n: &mut u64) -> u64 { *n += 1; *n }

// == wrong_argument_of_step
#[durable]
pub async fn f(n: u64) -> u64 {
    let a = add(n, "two").await;
    a
}
// == wrong_result_of_step
#[durable]
pub async fn f(n: u64) -> u64 {
    let a: String = add(n, 2).await;
    n
}
// == wrong_return
#[durable]
pub async fn f(n: u64) -> u64 {
    let a = add(n, 2).await;
    format!("{a}")
}
// == wrong_return_early
#[durable]
pub async fn f(n: u64) -> u64 {
    if n > 3 {
        return "three";
    }
    add(n, 2).await
}
// == missing_return
#[durable]
pub async fn f(n: u64) -> u64 {
    add(n, 2).await;
}
// == unknown_name
#[durable]
pub async fn f(n: u64) -> u64 {
    add(n, m).await
}
// == unknown_function
#[durable]
pub async fn f(n: u64) -> u64 {
    subtract(n, 1).await
}
// == unknown_method
#[durable]
pub async fn f(shop: &Shop) -> u64 {
    shop.cost("tea").await
}
// == unknown_field
#[durable]
pub async fn f(item: Item) -> u64 {
    add(item.cost, 1).await
}
// == too_few_arguments
#[durable]
pub async fn f(n: u64) -> u64 {
    add(n).await
}
// == missing_await
#[durable]
pub async fn f(n: u64) -> u64 {
    let a = add(n, 1);
    add(n, 2).await;
    a
}
// == await_of_a_value
#[durable]
pub async fn f(n: u64) -> u64 {
    n.await
}
// == question_on_a_value
#[durable]
pub async fn f(shop: &Shop) -> Result<u64, String> {
    let price = shop.price("tea").await?;
    let double = (price * 2)?;
    Ok(double)
}
// == question_without_result
#[durable]
pub async fn f(shop: &Shop) -> u64 {
    shop.price("tea").await?
}
// == question_without_from
#[durable]
pub async fn f(shop: &Shop) -> Result<u64, std::io::Error> {
    Ok(shop.price("tea").await?)
}
// == use_after_move
#[durable]
pub async fn f(name: String) -> usize {
    let a = take(name).await;
    a + name.len()
}
// == moved_in_loop
#[durable]
pub async fn f(name: String) -> usize {
    let mut total = 0;
    for _ in 0..3 {
        total += take(name).await;
    }
    total
}
// == borrowed_and_changed
#[durable]
pub async fn f(mut names: Vec<String>) -> usize {
    let first = &names[0];
    names.push(String::new());
    greet(first).await.len()
}
// == changed_in_loop
#[durable]
pub async fn f(mut names: Vec<String>) -> usize {
    for name in &names {
        greet(name).await;
        names.clear();
    }
    names.len()
}
// == two_mutable_borrows
#[durable]
pub async fn f(mut n: u64) -> u64 {
    let a = &mut n;
    let b = bump(&mut n).await;
    *a + b
}
// == not_mutable
#[durable]
pub async fn f(n: u64) -> u64 {
    let total = n;
    bump(&mut total).await
}
// == assigned_twice
#[durable]
pub async fn f(n: u64) -> u64 {
    let total = add(n, 1).await;
    total = add(total, 1).await;
    total
}
// == through_a_shared_reference
#[durable]
pub async fn f(shop: &Shop, item: Item) -> usize {
    shop.restock(item).await
}
// == moved_out_of_a_borrow
#[durable]
pub async fn f(shop: &Shop) -> usize {
    take(shop.items[0].name).await
}
// == dropped_while_borrowed
#[durable]
pub async fn f(n: u64) -> String {
    let text;
    {
        let name = n.to_string();
        text = &name;
    }
    greet(text).await
}
// == not_initialized
#[durable]
pub async fn f(n: u64) -> u64 {
    let a: u64;
    if n > 1 {
        a = add(n, 1).await;
    }
    a
}
// == branches_of_other_types
#[durable]
pub async fn f(n: u64) -> u64 {
    let a = if n > 1 { add(n, 1).await } else { greet("x").await };
    n
}
// == arms_of_other_types
#[durable]
pub async fn f(n: u64) -> u64 {
    match n {
        0 => add(n, 1).await,
        _ => greet("x").await,
    }
}
// == missing_arm
#[durable]
pub async fn f(name: Option<String>) -> usize {
    match name {
        Some(name) => take(name).await,
    }
}
// == condition_of_another_type
#[durable]
pub async fn f(n: u64) -> u64 {
    if add(n, 1).await {
        return 1;
    }
    0
}
// == loop_over_no_iterator
#[durable]
pub async fn f(n: u64) -> u64 {
    let mut total = 0;
    for x in n {
        total = add(total, x).await;
    }
    total
}
// == operator_without_impl
#[durable]
pub async fn f(n: u64) -> u64 {
    add(n, 1).await + greet("x").await
}
// == missing_field
#[durable]
pub async fn f(name: String) -> Item {
    let item = Item { name };
    take(item.name.clone()).await;
    item
}
// == types_not_known
#[durable]
pub async fn f(n: u64) -> u64 {
    let list = Vec::new();
    add(n, 1).await
}
// == unused_variable
#[durable]
pub async fn f(n: u64) -> u64 {
    let unused = add(n, 1).await;
    n
}
// == unused_parameter
#[durable]
pub async fn f(n: u64, unused: u64) -> u64 {
    add(n, 1).await
}
// == unused_mut
#[durable]
pub async fn f(n: u64) -> u64 {
    let mut total = add(n, 1).await;
    total
}
// == unused_assignment
#[durable]
pub async fn f(n: u64) -> u64 {
    let mut total = 0;
    total = add(n, 1).await;
    total
}
// == unreachable_statement
#[durable]
pub async fn f(n: u64) -> u64 {
    return add(n, 1).await;
    println!("never");
}
// == unused_must_use
#[durable]
pub async fn f(shop: &Shop) -> u64 {
    shop.price("tea").await;
    1
}
// == future_not_awaited
#[durable]
pub async fn f(n: u64) -> u64 {
    add(n, 1);
    add(n, 2).await
}
// == unneeded_parentheses
#[durable]
pub async fn f(n: u64) -> u64 {
    if (n > 1) {
        return add(n, 1).await;
    }
    n
}
// == unused_label
#[durable]
pub async fn f(n: u64) -> u64 {
    'outer: loop {
        if add(n, 1).await > 1 {
            break;
        }
    }
    n
}
// == unreachable_pattern
#[durable]
pub async fn f(n: u64) -> u64 {
    match n {
        n => add(n, 1).await,
        2 => 3,
    }
}
// == trait_bound_of_an_argument
#[durable]
pub async fn f(item: Item) -> u64 {
    let mut map = HashMap::new();
    map.insert(item, 1);
    add(1, 2).await
}
// == closure_of_another_type
#[durable]
pub async fn f(n: u64) -> u64 {
    let double = |x: u64| x * 2;
    add(double("x"), n).await
}
// == unused_mut_of_a_parameter
#[durable]
pub async fn f(mut n: u64) -> u64 {
    add(n, 1).await
}
// == parameter_assigned_and_not_read
#[durable]
pub async fn f(mut n: u64) -> u64 {
    n = 3;
    add(1, 1).await
}
// == wrong_type_in_a_closure
#[durable]
pub async fn f(list: Vec<u64>) -> u64 {
    let names: Vec<String> = list.iter().map(|n| n + 1).collect();
    add(names.len() as u64, 1).await
}
// == wrong_argument_of_a_method
#[durable]
pub async fn f(shop: &Shop) -> u64 {
    shop.price(3).await.unwrap_or(0)
}
// == pattern_of_another_type
#[durable]
pub async fn f(n: u64) -> u64 {
    let (a, b) = add(n, 1).await;
    n
}
// == private_or_missing_associated_function
#[durable]
pub async fn f(n: u64) -> u64 {
    let item = Item::new("tea");
    add(n, item.price).await
}
// == index_of_another_type
#[durable]
pub async fn f(list: Vec<u64>) -> u64 {
    let at: u64 = 1;
    add(list[at], 1).await
}
// == moved_into_a_closure
#[durable]
pub async fn f(name: String) -> u64 {
    let k = move || name.len();
    let a = add(k() as u64, 1).await;
    a + name.len() as u64
}
// == lifetime_of_a_local
#[durable]
pub async fn f(n: u64) -> &'static str {
    let text = n.to_string();
    add(n, 1).await;
    text.as_str()
}
// == break_outside_of_a_loop
#[durable]
pub async fn f(n: u64) -> u64 {
    add(n, 1).await;
    break;
}
// == unknown_label
#[durable]
pub async fn f(n: u64) -> u64 {
    loop {
        add(n, 1).await;
        break 'outer;
    }
    n
}
// == unknown_type
#[durable]
pub async fn f(n: u64) -> u64 {
    let a: Money = add(n, 1).await;
    n
}
// == wrong_number_of_generics
#[durable]
pub async fn f(n: u64) -> u64 {
    let a: Vec<u64, u64, u64> = Vec::new();
    add(n, 1).await
}
// == unused_import_inside
#[durable]
pub async fn f(n: u64) -> u64 {
    use std::collections::BTreeMap;
    add(n, 1).await
}
// == dead_code_after_a_loop
#[durable]
pub async fn f(n: u64) -> u64 {
    loop {
        add(n, 1).await;
    }
    n
}
// == unused_result_of_a_closure
#[durable]
pub async fn f(n: u64) -> u64 {
    let unused = |x: u64| x + 1;
    add(n, 1).await
}
// == field_of_another_type
#[durable]
pub async fn f(n: u64) -> u64 {
    let item = Item { name: n, price: n };
    add(item.price, 1).await
}
// == negative_of_unsigned
#[durable]
pub async fn f(n: u64) -> u64 {
    add(n, -1).await
}
// == call_of_a_value
#[durable]
pub async fn f(n: u64) -> u64 {
    add(n(), 1).await
}
// == too_many_arguments_of_a_method
#[durable]
pub async fn f(shop: &Shop) -> u64 {
    shop.price("tea", 2).await.unwrap_or(0)
}
// == unused_shadow
#[durable]
pub async fn f(n: u64) -> u64 {
    let a = add(n, 1).await;
    let a = add(n, 2).await;
    a
}
// == format_without_display
#[durable]
pub async fn f(item: Item) -> u64 {
    println!("{}", item);
    add(item.price, 1).await
}

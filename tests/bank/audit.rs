//! The books are compared with what is in the database.

use crate::support::Cluster;
use crate::tellers::{ACCOUNTS, Book};

/// Nothing was lost, nothing was done though refused, and the sum is what it was.
pub async fn audit(cluster: &Cluster, book: &Book) {
    let direct = cluster.connect_as("app", "app").await.unwrap();
    let number = async |sql: &str| -> i64 { direct.query_one(sql, &[]).await.unwrap().get(0) };
    let there = async |ids: &[i64]| -> i64 {
        let sql = "select count(distinct id) from transfer where id = any($1)";
        direct.query_one(sql, &[&ids]).await.unwrap().get(0)
    };
    let lost = book.acknowledged.len() as i64 - there(&book.acknowledged).await;
    let (told_wrong, done) = (there(&book.refused).await, there(&book.unknown).await);
    let doubled = number("select count(*) - count(distinct id) from transfer").await;
    let sum = number("select sum(balance) from account").await;
    let wrong = number(
        "select count(*) from account where balance <> 1000
           + (select coalesce(sum(amount), 0) from transfer where target = account.id)
           - (select coalesce(sum(amount), 0) from transfer where source = account.id)",
    )
    .await;
    println!(
        "bank: {} acknowledged, {} refused, {} unknown ({done} of them done), {lost} lost, {doubled} duplicated, \
         {told_wrong} done though refused, {} looked for and found right after, {wrong} accounts wrong",
        book.acknowledged.len(),
        book.refused.len(),
        book.unknown.len(),
        book.seen,
    );
    assert_eq!((sum, lost, doubled, told_wrong, wrong), (i64::from(ACCOUNTS) * 1000, 0, 0, 0, 0));
}

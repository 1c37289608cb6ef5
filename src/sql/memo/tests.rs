use super::*;

fn unique(number: usize) -> Vec<u8> {
    format!("select column_{number} from t").into_bytes()
}

#[test]
fn what_differs_in_values_only_is_one_statement() {
    let memo = Memo::new(1 << 20);
    let first = memo.statement(b"select * from t where a = 1 and b = 'x'", StandardStrings::On);
    let second = memo.statement(b"SELECT *  FROM t -- why\nWHERE a = 42 AND b = E'\\''", StandardStrings::On);
    assert!(Arc::ptr_eq(&first, &second));
}

#[test]
fn it_stays_within_its_bytes_and_keeps_what_is_used() {
    let memo = Memo::new(256 << 10);
    let wanted = b"select * from wanted";
    let first = memo.statement(wanted, StandardStrings::On);
    for number in 0..5_000 {
        memo.statement(&unique(number), StandardStrings::On);
        if number % 10 == 0 {
            assert!(Arc::ptr_eq(&first, &memo.statement(wanted, StandardStrings::On)), "{number}");
        }
        assert!(memo.size() <= 256 << 10);
    }
    assert!(memo.size() > 128 << 10);
}

#[test]
fn texts_that_are_too_long_may_do_anything() {
    let memo = Memo::new(1 << 20);
    let long = format!("select {}", "a, ".repeat(50_000));
    let statement = memo.statement(long.as_bytes(), StandardStrings::On);
    assert_eq!(*statement, Statement::unreadable());
    assert_eq!(memo.size(), 0);
}

#[test]
fn texts_of_one_structure_have_one_key() {
    let memo = Memo::new(1 << 20);
    let look = |sql: &str| memo.look(sql.as_bytes(), StandardStrings::On);
    let (one, two) = (look("select f(1)"), look("SELECT f(2) -- again"));
    assert!(one.structure.is_some() && one.structure == two.structure);
    assert!(Arc::ptr_eq(&one.statement, &two.statement));
    assert_ne!(one.structure, look("select g(1)").structure);
    let long = format!("select {}", "a + ".repeat(1 << 16));
    assert_eq!(look(&long).structure, None);
}

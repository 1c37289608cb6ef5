use super::*;

fn normal(sql: &str) -> String {
    normal_as(sql, StandardStrings::On)
}

fn normal_as(sql: &str, strings: StandardStrings) -> String {
    let mut normaliser = Normaliser::default();
    String::from_utf8_lossy(normaliser.normalise(sql.as_bytes(), strings).unwrap()).trim_end().to_owned()
}

#[test]
fn values_and_comments_go_and_names_stay() {
    for (sql, expected) in [
        ("SELECT a,\"B\" FROM T--x\n WHERE c=-1.5e3", "select a , \"B\" from t where c = - 1"),
        ("select 'a''b' E'\\'' $$c$$ $d$e$d$ U&'f' N'g' B'1' x'f'", "select '?' '?' '?' '?' '?' n'' b'' x''"),
        ("select U&'!0041' uescape '!', U&\"!0041\" UESCAPE '!'", "select '?' , U&\"!0041\" uescape '!'"),
        ("select /* a /* b */ c */ 1 - /**/ -2 @-3 --", "select 1 - - 1 @- 1"),
        ("select $1, $2 , 0x1F, 1_000", "select $1 , $2 , 1 , 1"),
        ("select 'a'\n'b'", "select '?'"),
        ("select 'a", "select \\"),
        (
            "/* pgweir: pin */ /*pgweir:replica*/ /* x */ select",
            "/* pgweir: pin */ /* pgweir: replica */ select",
        ),
        ("select É, ü", "select É , ü"),
    ] {
        assert_eq!(normal(sql), expected);
    }
}

#[test]
fn plain_strings_end_where_the_session_says() {
    let sql = r"select 'a\', b, 'c'";
    assert_eq!(normal(sql), r"select '?' , b , '?'");
    assert_eq!(normal_as(sql, StandardStrings::Off), r"select '?' c \");
}

#[test]
fn lists_of_values_are_one_structure() {
    for (sql, expected) in [
        ("a IN (1, 2, 3)", "a in ( 1 )"),
        ("a not in (1, 2) and b in ('x','y')", "a not in ( 1 ) and b in ( '?' )"),
        ("a in ($1, $2, $3, 4, null)", "a in ( $1 )"),
        ("a in ($1::int, $2::int, f(1), f(2), g(1))", "a in ( $1 :: int , f ( 1 ) , g ( 1 ) )"),
        ("(a, b) in ((1, 2), (3, 4))", "( a , b ) in ( ( 1 , 1 ) )"),
        ("a in (select 1, 1)", "a in ( select 1 , 1 )"),
        ("a in (values (1), (2)), (3)", "a in ( values ( 1 ) ) , ( 1 )"),
        ("values (1, 'a'), (2, null), (default, $1) returning a, a", "values ( 1 , '?' ) returning a , a"),
        ("values (1), (f(1)), (2) ; values (3)", "values ( 1 ) , ( f ( 1 ) ) ; values ( 1 )"),
        ("array[1, 2], array[[1,2],[3,4,5]]", "array [ 1 ] , array [ [ 1 ] ]"),
        ("array['a'::text, 'b'::text]::text[]", "array [ '?' :: text ] :: text [ ]"),
        ("f(1, 2), x[1], row(1, 1)", "f ( 1 , 1 ) , x [ 1 ] , row ( 1 , 1 )"),
        ("values (array[1,2], 1), (array[1], 2)", "values ( array [ 1 ] , 1 )"),
        ("a in (1, /* pgweir: pin */ 2)", "a in ( 1 , /* pgweir: pin */ 1 )"),
        ("from (values (1), (2)) t, (select 1) u, u", "from ( values ( 1 ) ) t , ( select 1 ) u , u"),
        ("a in (1, 2", "a in ( 1"),
        ("in () ) , 1 , 1 ) ] [", "in ( ) ) , 1 , 1 ) ] ["),
    ] {
        assert_eq!(normal(sql), expected, "{sql}");
    }
}

#[test]
fn a_long_list_is_short() {
    let mut sql = String::from("select * from t where a in (0");
    for number in 0..200_000 {
        sql.push_str(&format!(",{number}"));
    }
    sql.push(')');
    assert!(sql.len() > 1 << 20);
    assert_eq!(normal(&sql), "select * from t where a in ( 1 )");
    let literal = format!("select '{}'", "x".repeat(1 << 20));
    assert_eq!(normal(&literal), "select '?'");
}

#[test]
fn the_rest_is_bounded() {
    let mut normaliser = Normaliser::default();
    for sql in ["a ".repeat(LONGEST), "a".repeat(LONGEST + 1), "(".repeat(LONGEST), "+ ".repeat(LONGEST)] {
        assert!(normaliser.normalise(sql.as_bytes(), StandardStrings::On).is_err());
        assert!(normaliser.text.len() <= LONGEST + 32);
    }
}

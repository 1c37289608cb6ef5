//! What holds for any text.

use proptest::prelude::*;

use super::*;

fn texts() -> impl Strategy<Value = Vec<u8>> {
    let words = r#"SET LOCAL SESSION x = TO 'a' 1 - , ; ( ) . set_config SELECT pg_temp TEMP INTO CREATE FUNCTION
        BEGIN ATOMIC END CASE EXECUTE AS EXPLAIN DECLARE CURSOR TIME ZONE U&"\" " ' $$ /* */ -- DATABASE CLOSE
        PREPARE TRANSACTION ROLLBACK RESET ALL CHARACTERISTICS E'\u00 :: true"#;
    let words: Vec<_> = words.split_whitespace().collect();
    let piece = prop_oneof![
        8 => prop::sample::select(words.clone()).prop_map(|w| format!("{w} ").into_bytes()),
        1 => prop::sample::select(words).prop_map(|w| w.as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|b| vec![b]),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_judged(sql in texts(), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        for sql in [sql, bytes] {
            for strings in [StandardStrings::On, StandardStrings::Off] {
                prop_assert_eq!(effects(&sql, strings), effects(&sql, strings));
            }
        }
    }

    #[test]
    fn a_literal_hides_everything(text in "[^\\\\\0$]{0,60}") {
        let sql = format!("SELECT '{}', $q${text}$q$ FROM t", text.replace('\'', "''"));
        prop_assert_eq!((judge(&sql).statements(), judge(&sql).is_none()), (1, true));
    }

    #[test]
    fn a_value_is_read_as_it_was_written(value in "[^\\\\\0]{0,40}") {
        let sql = format!("SET x = '{}'", value.replace('\'', "''"));
        let effects = judge(&sql);
        prop_assert_eq!(effects.as_slice(), [set("x", &value)]);
    }
}

//! What strict means, case by case.

use super::*;

fn code(text: &[u8]) -> &'static str {
    parse(text, 128).expect_err("must be refused").code()
}

#[test]
fn agrees_with_serde_json_on_good_texts() {
    for text in [
        "null",
        " true ",
        "false",
        "0",
        "-0",
        "-12.5e+3",
        "1E2",
        "18446744073709551615",
        r#""""#,
        r#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 é""#,
        "[]",
        "{}",
        "[ ]",
        "{ }",
        r#"[1,[2,{"a":[]}],"x"]"#,
        "\t{\"a\" : 1 ,\r\n \"b\":{\"a\":null}}\n",
    ] {
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(parse(text.as_bytes(), 128).unwrap(), expected, "{text}");
    }
}

#[test]
fn refuses_what_is_not_json() {
    for text in [
        "",
        " ",
        "nul",
        "tru",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "[1 2]",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "1e999",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "'a'",
        "1 1",
        "{}{}",
        "[]]",
        "\u{feff}{}",
        "NaN",
        "// c\n1",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
    ] {
        assert_eq!(code(text.as_bytes()), "not_json", "{text:?}");
    }
}

#[test]
fn refuses_bytes_that_are_not_utf8() {
    let error = parse(b"[\"\xff\"]", 128).unwrap_err();
    assert_eq!((error.code(), error.offset()), ("not_utf8", 2));
    assert_eq!(code(b"\"\xed\xa0\x80\""), "not_utf8");
}

#[test]
fn refuses_duplicate_keys_also_when_escaped() {
    let error = parse(b"{\"a\":1,\n \"b\":2,\"\\u0061\":3}", 128).unwrap_err();
    assert_eq!(error.code(), "duplicate_key");
    assert_eq!((error.line(), error.column(), error.offset()), (2, 8, 15));
    assert!(error.to_string().contains("key `a` appears twice"));
    assert!(parse(br#"[{"a":1},{"a":1},{"b":{"a":1},"a":2}]"#, 128).is_ok());
}

#[test]
fn bounds_depth_before_it_builds() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(nested(128).as_bytes(), 128).is_ok());
    assert_eq!(code(nested(129).as_bytes()), "too_deep");
    assert_eq!(code(nested(100_000).as_bytes()), "too_deep");
    assert_eq!(code("{\"a\":".repeat(100_000).as_bytes()), "too_deep");
    // A caller cannot ask for more than the stack can drop.
    let error = parse(nested(100_000).as_bytes(), usize::MAX).unwrap_err();
    assert_eq!(error.kind(), &JsonErrorKind::TooDeep { limit: MAX_DEPTH });
    assert!(parse(nested(MAX_DEPTH).as_bytes(), usize::MAX).is_ok());
    // Brackets inside strings do not count.
    assert!(parse(format!("\"\\\"{}\"", "[".repeat(1000)).as_bytes(), 1).is_ok());
}

#[test]
fn bounds_the_number_of_values() {
    let text = format!("[{}0]", "0,".repeat(20));
    assert!(parse_bounded(text.as_bytes(), 8, 22).is_ok());
    assert_eq!(parse_bounded(text.as_bytes(), 8, 21).unwrap_err().code(), "too_many_values");
}

#[test]
fn accepts_a_byte_order_mark_only_when_told() {
    assert_eq!(parse_document(b"\xef\xbb\xbf{}", 8).unwrap(), Value::Object(Map::new()));
    assert!(parse_document(b"\xef\xbb\xbf\xef\xbb\xbf{}", 8).is_err());
    assert_eq!(code(b"\xef\xbb\xbf{}"), "not_json");
}

#[test]
fn columns_count_characters() {
    let error = parse("[\"éé\", x]".as_bytes(), 8).unwrap_err();
    assert_eq!((error.line(), error.column(), error.offset()), (1, 8, 9));
}

proptest::proptest! {
    #[test]
    fn never_panics_and_never_takes_what_serde_json_refuses(text in "[\\[\\]{}\",:0-9a\\\\u.eE+ -]{0,40}") {
        if let Ok(value) = parse(text.as_bytes(), 128) {
            proptest::prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }
}
